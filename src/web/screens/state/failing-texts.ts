// What fails and what to do instead (`…Do`); what wants attention and its remedy (`…-do`).
import { defineTexts } from '../../texts/define-texts.ts';

export const failingTexts = defineTexts(
  'state-failing',
  {
    downtimePlan: 'A downtime is declared.',
    downtimePlanDo:
      'Follow the downtime plan of your ward. Ask the incident lead. What was given on paper: check the paper chart before every dose.',
    results: 'New results of laboratory and imaging do not arrive here.',
    resultsDo: 'Phone the department. Write a phoned result as a note with the name of who said it, and read it back.',
    orders: 'Orders stay on this device as “written”; no department gets them.',
    ordersDo:
      'Urgent: phone, and send the printed or handwritten request by a runner. Everything else goes by itself when the site answers.',
    others: 'Others do not see what you write, and you do not see what they write.',
    othersDo:
      'Say aloud what the others must know: changes of treatment, alerts, resuscitation status. Hand over at the bed.',
    doses: 'A dose that was charted elsewhere is not seen here.',
    dosesDo:
      'Chart doses in one place. Look at whose custody the medication chart is in; take it over before you give, and check the paper.',
    strangers:
      'Of patients who are not kept on this device there is only what it knew: identity, allergies and alerts, or nothing.',
    strangersDo:
      'Use a device of their ward, or the printed downtime pack. Register a new patient with a temporary number.',
    people: 'Nobody can sign in here for the first time.',
    peopleDo:
      'Who signed in here before unlocks with their passphrase or passkey. Others use a device that knows them.',
    elsewhereRecords: 'What other hospitals and practices write does not arrive.',
    elsewhereRecordsDo:
      'What this site has is shown with its age. Phone the other hospital or practice for what is new.',
    elsewhereOrders: 'Orders to departments outside this site stay “sent” until the region answers.',
    elsewhereOrdersDo: 'Urgent: phone them. Everything else goes by itself.',
    elsewherePatients: 'A patient who was never here is not found.',
    elsewherePatientsDo:
      'Register with a temporary number; both records are joined later. Ask for allergies and medicines anew.',
    nothingKept: 'This browser keeps nothing: what is written is gone when it closes.',
    nothingKeptDo: 'Write on an enrolled device or on paper. Keep this page open until the site answers.',
    'trouble-store-lost': 'This device cannot write to its disk. Nothing new is kept.',
    'trouble-store-lost-do': 'Use another device. On the rescue page, get out what only this one has.',
    'trouble-outbox-spoiled': 'Part of what was written here cannot be read back.',
    'trouble-outbox-spoiled-do':
      'Check today’s entries of your patients against memory and paper. Tell the help desk; do not clear this browser.',
    'trouble-quota-low': 'This device is running out of space.',
    'trouble-quota-low-do': 'Write urgent things on another device. IT frees space; do not clear the browser.',
    'trouble-not-persisted': 'The browser has not promised to keep what is here.',
    'trouble-not-persisted-do': 'Install the page as an app, or ask IT. Do not leave entries here for days.',
    'trouble-refused-by-site': 'The site did not take something that was written here.',
    'trouble-refused-by-site-do': 'It is kept here and shown as unverified. Tell the help desk; write nothing twice.',
    'trouble-clock-suspect': 'The clock of this device may be wrong.',
    'trouble-clock-suspect-do': 'Compare with a wall clock before you chart times. Set the clock of the device.',
    'trouble-unconfirmed-person':
      'Your rights have not been confirmed for a while. Work goes on, and what you do is marked.',
    'trouble-unconfirmed-person-do': 'A supervisor on site confirms you; sign in at the site when it answers.',
    'trouble-update-rolled-back': 'A new version did not start and was taken back. This is the one before.',
    'trouble-update-rolled-back-do': 'Nothing to do. IT is told.',
    'trouble-update-waiting': 'A new version is ready.',
    'trouble-update-waiting-do':
      'It starts when everybody has locked, or when you choose it. Nothing that you type is lost.',
  },
  {
    fr: {
      downtimePlan: 'Une panne est déclarée.',
      downtimePlanDo:
        'Suivez le plan de panne du service. Adressez-vous au responsable de crise. Avant chaque dose, vérifiez la feuille papier.',
      results: 'Les nouveaux résultats de laboratoire et d’imagerie n’arrivent pas ici.',
      resultsDo:
        'Téléphonez au service. Notez le résultat dicté avec le nom de la personne, et relisez-le à voix haute.',
      orders: 'Les demandes restent « écrites » sur cet appareil ; aucun service ne les reçoit.',
      ordersDo:
        'Urgent : téléphonez et envoyez la demande imprimée ou manuscrite par porteur. Le reste partira tout seul quand le site répondra.',
      others: 'Les autres ne voient pas ce que vous écrivez, ni vous ce qu’ils écrivent.',
      othersDo:
        'Dites de vive voix ce que les autres doivent savoir : changements de traitement, alertes, consignes de réanimation. Transmettez au lit du patient.',
      doses: 'Une dose notée ailleurs n’est pas visible ici.',
      dosesDo:
        'Notez les doses en un seul endroit. Regardez qui tient la feuille ; prenez-la en charge avant de donner, et vérifiez le papier.',
      strangers: 'Des patients non gardés ici, il n’y a que le connu : identité, allergies et alertes, ou rien.',
      strangersDo:
        'Prenez un appareil de leur service, ou le dossier de panne imprimé. Enregistrez un nouveau patient avec un numéro provisoire.',
      people: 'Personne ne peut se connecter ici pour la première fois.',
      peopleDo:
        'Qui s’est déjà connecté ici déverrouille par sa phrase secrète ou sa clé d’accès. Les autres utilisent un appareil qui les connaît.',
      elsewhereRecords: 'Ce qu’écrivent les autres hôpitaux et cabinets n’arrive pas.',
      elsewhereRecordsDo:
        'Ce que ce site possède est montré avec son âge. Téléphonez à l’autre établissement pour le nouveau.',
      elsewhereOrders: 'Les demandes vers l’extérieur du site restent « envoyées » jusqu’au retour de la région.',
      elsewhereOrdersDo: 'Urgent : téléphonez. Le reste partira tout seul.',
      elsewherePatients: 'Un patient jamais venu ici est introuvable.',
      elsewherePatientsDo:
        'Enregistrez avec un numéro provisoire ; les dossiers seront réunis ensuite. Redemandez allergies et médicaments.',
      nothingKept: 'Ce navigateur ne garde rien : ce qui est écrit disparaît à sa fermeture.',
      nothingKeptDo:
        'Écrivez sur un appareil inscrit ou sur papier. Laissez cette page ouverte jusqu’au retour du site.',
      'trouble-store-lost': 'Cet appareil ne peut pas écrire sur son disque. Rien de nouveau n’est gardé.',
      'trouble-store-lost-do':
        'Utilisez un autre appareil. La page de secours permet de sortir ce que seul celui-ci contient.',
      'trouble-outbox-spoiled': 'Une partie de ce qui a été écrit ici est illisible.',
      'trouble-outbox-spoiled-do':
        'Vérifiez les saisies du jour avec votre mémoire et le papier. Prévenez le support ; n’effacez pas ce navigateur.',
      'trouble-quota-low': 'Cet appareil manque de place.',
      'trouble-quota-low-do':
        'Écrivez l’urgent sur un autre appareil. L’informatique libère de la place ; n’effacez pas le navigateur.',
      'trouble-not-persisted': 'Le navigateur n’a pas promis de garder ce qui est ici.',
      'trouble-not-persisted-do':
        'Installez la page comme application, ou demandez à l’informatique. Ne laissez pas de saisies ici des jours.',
      'trouble-refused-by-site': 'Le site n’a pas accepté quelque chose d’écrit ici.',
      'trouble-refused-by-site-do':
        'C’est gardé ici et montré comme non vérifié. Prévenez le support ; n’écrivez rien deux fois.',
      'trouble-clock-suspect': 'L’horloge de cet appareil est peut-être fausse.',
      'trouble-clock-suspect-do':
        'Comparez avec une horloge murale avant de noter des heures. Réglez l’heure de l’appareil.',
      'trouble-unconfirmed-person':
        'Vos droits n’ont pas été confirmés depuis un moment. Le travail continue et vos actes sont marqués.',
      'trouble-unconfirmed-person-do':
        'Un responsable sur place vous confirme ; connectez-vous au site dès qu’il répond.',
      'trouble-update-rolled-back':
        'Une nouvelle version n’a pas démarré et a été retirée. Celle-ci est la précédente.',
      'trouble-update-rolled-back-do': 'Rien à faire. L’informatique est prévenue.',
      'trouble-update-waiting': 'Une nouvelle version est prête.',
      'trouble-update-waiting-do':
        'Elle démarrera quand tous auront verrouillé, ou à votre choix. Rien de ce que vous tapez n’est perdu.',
    },
    de: {
      downtimePlan: 'Ein Ausfall ist erklärt.',
      downtimePlanDo:
        'Nach dem Ausfallplan der Station arbeiten. Die Einsatzleitung fragen. Vor jeder Gabe die Papierkurve prüfen.',
      results: 'Neue Befunde aus Labor und Bildgebung kommen hier nicht an.',
      resultsDo: 'In der Abteilung anrufen. Durchgesagte Werte als Notiz mit Namen festhalten und zurücklesen.',
      orders: 'Anordnungen bleiben als „geschrieben“ auf diesem Gerät; keine Abteilung erhält sie.',
      ordersDo:
        'Dringend: anrufen und den gedruckten oder handschriftlichen Auftrag per Bote schicken. Alles andere geht von selbst, wenn das Haus antwortet.',
      others: 'Andere sehen nicht, was Sie schreiben, und Sie nicht, was andere schreiben.',
      othersDo:
        'Mündlich sagen, was andere wissen müssen: Änderungen der Behandlung, Warnungen, Reanimationsstatus. Übergabe am Bett.',
      doses: 'Eine anderswo dokumentierte Gabe ist hier nicht zu sehen.',
      dosesDo:
        'Gaben an einem Ort dokumentieren. Nachsehen, wer die Kurve führt; vor der Gabe übernehmen und das Papier prüfen.',
      strangers:
        'Von Patienten, die dieses Gerät nicht führt, gibt es nur das Bekannte: Identität, Allergien und Warnungen, oder nichts.',
      strangersDo:
        'Ein Gerät ihrer Station nehmen oder die gedruckte Ausfallmappe. Neue Patienten mit vorläufiger Nummer aufnehmen.',
      people: 'Hier kann sich niemand zum ersten Mal anmelden.',
      peopleDo:
        'Wer hier schon angemeldet war, entsperrt mit Passphrase oder Passkey. Andere nehmen ein Gerät, das sie kennt.',
      elsewhereRecords: 'Was andere Häuser und Praxen schreiben, kommt nicht an.',
      elsewhereRecordsDo: 'Was dieses Haus hat, wird mit seinem Alter gezeigt. Für Neues dort anrufen.',
      elsewhereOrders: 'Anordnungen an Stellen außerhalb des Hauses bleiben „gesendet“, bis die Region antwortet.',
      elsewhereOrdersDo: 'Dringend: dort anrufen. Alles andere geht von selbst.',
      elsewherePatients: 'Ein Patient, der nie hier war, wird nicht gefunden.',
      elsewherePatientsDo:
        'Mit vorläufiger Nummer aufnehmen; die Akten werden später verbunden. Allergien und Medikamente neu erfragen.',
      nothingKept: 'Dieser Browser behält nichts: was geschrieben wird, ist beim Schließen weg.',
      nothingKeptDo:
        'Auf einem angemeldeten Gerät oder auf Papier schreiben. Diese Seite offen lassen, bis das Haus antwortet.',
      'trouble-store-lost': 'Dieses Gerät kann nicht auf seine Platte schreiben. Neues wird nicht behalten.',
      'trouble-store-lost-do': 'Ein anderes Gerät nehmen. Auf der Rettungsseite herausholen, was nur dieses hat.',
      'trouble-outbox-spoiled': 'Ein Teil des hier Geschriebenen ist nicht mehr lesbar.',
      'trouble-outbox-spoiled-do':
        'Die heutigen Einträge Ihrer Patienten mit Gedächtnis und Papier vergleichen. Support verständigen; Browser nicht leeren.',
      'trouble-quota-low': 'Diesem Gerät geht der Platz aus.',
      'trouble-quota-low-do':
        'Dringendes auf einem anderen Gerät schreiben. Die IT schafft Platz; Browser nicht leeren.',
      'trouble-not-persisted': 'Der Browser hat nicht zugesagt, zu behalten, was hier ist.',
      'trouble-not-persisted-do':
        'Die Seite als App installieren oder die IT fragen. Einträge nicht tagelang hier lassen.',
      'trouble-refused-by-site': 'Das Haus hat etwas hier Geschriebenes nicht angenommen.',
      'trouble-refused-by-site-do':
        'Es bleibt hier und gilt als ungeprüft. Support verständigen; nichts doppelt schreiben.',
      'trouble-clock-suspect': 'Die Uhr dieses Geräts geht vielleicht falsch.',
      'trouble-clock-suspect-do': 'Vor dem Eintragen von Zeiten mit einer Wanduhr vergleichen. Uhr des Geräts stellen.',
      'trouble-unconfirmed-person':
        'Ihre Rechte wurden länger nicht bestätigt. Die Arbeit geht weiter und wird gekennzeichnet.',
      'trouble-unconfirmed-person-do': 'Eine Leitung vor Ort bestätigt Sie; beim Haus anmelden, sobald es antwortet.',
      'trouble-update-rolled-back': 'Eine neue Version startete nicht und wurde zurückgenommen. Dies ist die vorige.',
      'trouble-update-rolled-back-do': 'Nichts zu tun. Die IT erfährt davon.',
      'trouble-update-waiting': 'Eine neue Version ist bereit.',
      'trouble-update-waiting-do':
        'Sie startet, wenn alle gesperrt haben, oder auf Ihren Wunsch. Nichts Getipptes geht verloren.',
    },
    es: {
      downtimePlan: 'Se ha declarado una contingencia.',
      downtimePlanDo:
        'Siga el plan de contingencia de la planta. Pregunte a quien dirige la crisis. Antes de cada dosis, mire la hoja de papel.',
      results: 'Aquí no llegan resultados nuevos de laboratorio ni de imagen.',
      resultsDo: 'Llame al servicio. Anote el resultado dictado con el nombre de quien lo dio y repítalo en voz alta.',
      orders: 'Las órdenes quedan «escritas» en este dispositivo; ningún servicio las recibe.',
      ordersDo:
        'Urgente: llame y envíe la petición impresa o manuscrita con un mensajero. Lo demás saldrá solo cuando el centro responda.',
      others: 'Los demás no ven lo que usted escribe, ni usted lo que escriben ellos.',
      othersDo:
        'Diga de viva voz lo que los demás deben saber: cambios de tratamiento, alertas, estado de reanimación. Dé el relevo junto a la cama.',
      doses: 'Una dosis anotada en otro lugar no se ve aquí.',
      dosesDo:
        'Anote las dosis en un solo lugar. Mire quién tiene la custodia de la hoja; tómela antes de administrar y revise el papel.',
      strangers:
        'De los pacientes que este dispositivo no guarda solo hay lo que sabía: identidad, alergias y alertas, o nada.',
      strangersDo:
        'Use un dispositivo de su planta o la carpeta impresa de contingencia. Registre a un paciente nuevo con un número provisional.',
      people: 'Nadie puede iniciar sesión aquí por primera vez.',
      peopleDo:
        'Quien ya entró aquí desbloquea con su frase o su llave de acceso. Los demás usan un dispositivo que los conozca.',
      elsewhereRecords: 'No llega lo que escriben otros hospitales y consultas.',
      elsewhereRecordsDo: 'Lo que tiene este centro se muestra con su antigüedad. Llame al otro centro para lo nuevo.',
      elsewhereOrders: 'Las órdenes a servicios de fuera quedan «enviadas» hasta que responda la región.',
      elsewhereOrdersDo: 'Urgente: llame. Lo demás saldrá solo.',
      elsewherePatients: 'No se encuentra a un paciente que nunca estuvo aquí.',
      elsewherePatientsDo:
        'Registre con un número provisional; los historiales se unirán después. Pregunte de nuevo por alergias y medicación.',
      nothingKept: 'Este navegador no conserva nada: lo escrito se pierde al cerrarlo.',
      nothingKeptDo:
        'Escriba en un dispositivo inscrito o en papel. Deje abierta esta página hasta que responda el centro.',
      'trouble-store-lost': 'Este dispositivo no puede escribir en su disco. No se conserva nada nuevo.',
      'trouble-store-lost-do': 'Use otro dispositivo. En la página de rescate, saque lo que solo tiene este.',
      'trouble-outbox-spoiled': 'Parte de lo escrito aquí no se puede leer.',
      'trouble-outbox-spoiled-do':
        'Compare los registros de hoy con la memoria y el papel. Avise a soporte; no borre este navegador.',
      'trouble-quota-low': 'A este dispositivo se le acaba el espacio.',
      'trouble-quota-low-do':
        'Escriba lo urgente en otro dispositivo. Informática liberará espacio; no borre el navegador.',
      'trouble-not-persisted': 'El navegador no ha prometido conservar lo que hay aquí.',
      'trouble-not-persisted-do':
        'Instale la página como aplicación o pregunte a informática. No deje registros aquí durante días.',
      'trouble-refused-by-site': 'El centro no aceptó algo escrito aquí.',
      'trouble-refused-by-site-do':
        'Se conserva aquí y figura como no verificado. Avise a soporte; no escriba nada dos veces.',
      'trouble-clock-suspect': 'El reloj de este dispositivo puede estar mal.',
      'trouble-clock-suspect-do': 'Compare con un reloj de pared antes de anotar horas. Ponga en hora el dispositivo.',
      'trouble-unconfirmed-person':
        'Sus permisos no se han confirmado hace tiempo. El trabajo continúa y queda marcado.',
      'trouble-unconfirmed-person-do':
        'Una persona responsable le confirma; inicie sesión en el centro cuando responda.',
      'trouble-update-rolled-back': 'Una versión nueva no arrancó y se retiró. Esta es la anterior.',
      'trouble-update-rolled-back-do': 'Nada que hacer. Informática lo sabrá.',
      'trouble-update-waiting': 'Hay una versión nueva lista.',
      'trouble-update-waiting-do':
        'Empezará cuando todos hayan bloqueado, o cuando lo elija. No se pierde nada de lo escrito.',
    },
    ar: {
      downtimePlan: 'أُعلنت حالة انقطاع.',
      downtimePlanDo: 'اتبع خطة الانقطاع في قسمك. اسأل مسؤول الطوارئ. تحقق من السجل الورقي قبل كل جرعة.',
      results: 'لا تصل إلى هنا نتائج جديدة من المختبر أو الأشعة.',
      resultsDo: 'اتصل بالقسم هاتفيًا. دوّن النتيجة المبلّغة كملاحظة مع اسم المبلّغ، وأعد قراءتها عليه.',
      orders: 'تبقى الطلبات «مكتوبة» على هذا الجهاز ولا تصل إلى أي قسم.',
      ordersDo: 'العاجل: اتصل هاتفيًا وأرسل الطلب مطبوعًا أو بخط اليد مع ساعٍ. أما الباقي فيُرسل تلقائيًا حين يجيب الموقع.',
      others: 'لا يرى الآخرون ما تكتبه، ولا ترى ما يكتبونه.',
      othersDo: 'أبلغ شفهيًا ما يجب أن يعرفه الآخرون: تغييرات العلاج والتنبيهات وحالة الإنعاش. سلّم بجانب السرير.',
      doses: 'الجرعة المسجلة في مكان آخر لا تظهر هنا.',
      dosesDo: 'سجّل الجرعات في مكان واحد. انظر لدى من عهدة سجل الأدوية؛ تسلّمها قبل الإعطاء، وتحقق من الورق.',
      strangers: 'المرضى غير المحفوظين على هذا الجهاز لا يظهر منهم إلا المعروف: الهوية والحساسية والتنبيهات، أو لا شيء.',
      strangersDo: 'استخدم جهازًا من قسمهم أو ملف الانقطاع المطبوع. سجّل المريض الجديد برقم مؤقت.',
      people: 'لا يستطيع أحد تسجيل الدخول هنا للمرة الأولى.',
      peopleDo: 'من سبق أن دخل هنا يفتح القفل بعبارته أو مفتاح مروره. ويستخدم الآخرون جهازًا يعرفهم.',
      elsewhereRecords: 'لا يصل ما تكتبه المستشفيات والعيادات الأخرى.',
      elsewhereRecordsDo: 'يُعرض ما لدى هذا الموقع مع عمره. اتصل بالجهة الأخرى لمعرفة الجديد.',
      elsewhereOrders: 'تبقى الطلبات إلى أقسام خارج هذا الموقع «مرسلة» حتى تجيب المنطقة.',
      elsewhereOrdersDo: 'العاجل: اتصل هاتفيًا. والباقي يُرسل تلقائيًا.',
      elsewherePatients: 'لا يُعثر على مريض لم يأتِ إلى هنا من قبل.',
      elsewherePatientsDo: 'سجّل برقم مؤقت، ويُدمج السجلان لاحقًا. اسأل من جديد عن الحساسية والأدوية.',
      nothingKept: 'هذا المتصفح لا يحتفظ بشيء: ما يُكتب يضيع عند إغلاقه.',
      nothingKeptDo: 'اكتب على جهاز مسجّل أو على الورق. أبقِ هذه الصفحة مفتوحة حتى يجيب الموقع.',
      'trouble-store-lost': 'لا يستطيع هذا الجهاز الكتابة على قرصه. لا يُحفظ شيء جديد.',
      'trouble-store-lost-do': 'استخدم جهازًا آخر. واستخرج من صفحة الإنقاذ ما لا يوجد إلا على هذا.',
      'trouble-outbox-spoiled': 'جزء مما كُتب هنا لا يمكن قراءته.',
      'trouble-outbox-spoiled-do': 'قارن إدخالات اليوم لمرضاك بالذاكرة والورق. أبلغ الدعم، ولا تمسح بيانات هذا المتصفح.',
      'trouble-quota-low': 'مساحة هذا الجهاز توشك على النفاد.',
      'trouble-quota-low-do': 'اكتب الأمور العاجلة على جهاز آخر. يحرر قسم التقنية المساحة؛ لا تمسح المتصفح.',
      'trouble-not-persisted': 'لم يَعِد المتصفح بالاحتفاظ بما هنا.',
      'trouble-not-persisted-do': 'ثبّت الصفحة كتطبيق أو اسأل قسم التقنية. لا تترك إدخالات هنا أيامًا.',
      'trouble-refused-by-site': 'لم يقبل الموقع شيئًا كُتب هنا.',
      'trouble-refused-by-site-do': 'يبقى هنا ويظهر غير متحقق منه. أبلغ الدعم، ولا تكتب شيئًا مرتين.',
      'trouble-clock-suspect': 'قد تكون ساعة هذا الجهاز خاطئة.',
      'trouble-clock-suspect-do': 'قارن بساعة حائط قبل تسجيل الأوقات. اضبط ساعة الجهاز.',
      'trouble-unconfirmed-person': 'لم تُؤكَّد صلاحياتك منذ فترة. يستمر العمل وتُوسم أعمالك.',
      'trouble-unconfirmed-person-do': 'يؤكدك مشرف في الموقع؛ سجّل الدخول في الموقع حين يجيب.',
      'trouble-update-rolled-back': 'لم تبدأ نسخة جديدة فأُعيدت السابقة. هذه هي النسخة السابقة.',
      'trouble-update-rolled-back-do': 'لا شيء عليك فعله. سيُبلَّغ قسم التقنية.',
      'trouble-update-waiting': 'نسخة جديدة جاهزة.',
      'trouble-update-waiting-do': 'تبدأ حين يقفل الجميع أو حين تختار ذلك. لا يضيع شيء مما تكتبه.',
    },
  },
);
