// The words of the rescue page in the five languages; checked by the compiler against the English ones.

const en = {
  title: 'Rescue',
  intro:
    'This page works when the ward client does not. It can bring out what was written on this device, and start the client anew. It deletes nothing that was written.',
  looking: 'Looking at what is on this device …',
  here: 'What is here',
  nothing: 'No record of Holdfast is kept in this browser.',
  database: 'Store',
  records: 'Records',
  client: 'Client files kept for working offline',
  builds: 'builds',
  none: 'none',
  bad: 'Builds that did not start',
  exportTitle: '1. Bring out what was written',
  exportText:
    'Writes one file with everything that is in this browser, encrypted as it is. Nobody can read it without the passphrase of somebody who worked here, or the key of the site.',
  exportButton: 'Save the file',
  exporting: 'Writing … {{done}} records',
  exported: 'The file is written: {{name}}, {{done}} records. Check that it is there before you go on.',
  exportFailed: 'The file could not be written. Nothing was changed. Take this device to IT as it is.',
  recover:
    'Give the file to IT. At the site: holdfast device recover FILE takes in what the site does not have yet. What it has is not doubled.',
  resetTitle: '2. Start the client anew',
  resetText:
    'Takes the kept client files away and loads them from the site again. It needs the site. What was written on this device stays.',
  resetButton: 'Start anew',
  resetNoSite: 'The site does not answer, so nothing was taken away: without it the client could not be loaded again.',
  resetDone: 'Done. The client is being loaded …',
  back: 'Back to the ward',
  languages: 'Languages',
};
export type RescueText = keyof typeof en;
export type RescueLanguage = 'en' | 'fr' | 'de' | 'es' | 'ar';

export const RESCUE_TEXTS: Readonly<Record<RescueLanguage, Readonly<Record<RescueText, string>>>> = {
  en,
  fr: {
    title: 'Secours',
    intro:
      'Cette page fonctionne quand l’application du service ne fonctionne pas. Elle permet de sortir ce qui a été écrit sur cet appareil et de relancer l’application. Elle ne supprime rien de ce qui a été écrit.',
    looking: 'Recherche de ce qui se trouve sur cet appareil…',
    here: 'Ce qui se trouve ici',
    nothing: 'Aucun dossier Holdfast n’est conservé dans ce navigateur.',
    database: 'Base',
    records: 'Enregistrements',
    client: 'Fichiers de l’application conservés pour le travail hors ligne',
    builds: 'versions',
    none: 'aucun',
    bad: 'Versions qui n’ont pas démarré',
    exportTitle: '1. Sortir ce qui a été écrit',
    exportText:
      'Écrit un fichier avec tout ce qui se trouve dans ce navigateur, chiffré tel quel. Personne ne peut le lire sans la phrase secrète d’une personne qui a travaillé ici, ou la clé du site.',
    exportButton: 'Enregistrer le fichier',
    exporting: 'Écriture… {{done}} enregistrements',
    exported:
      'Le fichier est écrit : {{name}}, {{done}} enregistrements. Vérifiez qu’il est bien là avant de continuer.',
    exportFailed:
      'Le fichier n’a pas pu être écrit. Rien n’a été modifié. Apportez cet appareil tel quel au service informatique.',
    recover:
      'Remettez le fichier au service informatique. Sur le site : holdfast device recover FICHIER reprend ce que le site n’a pas encore. Rien n’est doublé.',
    resetTitle: '2. Relancer l’application',
    resetText:
      'Retire les fichiers conservés de l’application et les recharge depuis le site. Le site est nécessaire. Ce qui a été écrit sur cet appareil reste.',
    resetButton: 'Relancer',
    resetNoSite:
      'Le site ne répond pas : rien n’a été retiré, car sans lui l’application ne pourrait pas être rechargée.',
    resetDone: 'Terminé. L’application se charge…',
    back: 'Retour au service',
    languages: 'Langues',
  },
  de: {
    title: 'Rettung',
    intro:
      'Diese Seite funktioniert, wenn die Stationsanwendung es nicht tut. Sie bringt heraus, was auf diesem Gerät geschrieben wurde, und startet die Anwendung neu. Sie löscht nichts, was geschrieben wurde.',
    looking: 'Es wird nachgesehen, was auf diesem Gerät ist …',
    here: 'Was hier ist',
    nothing: 'In diesem Browser wird keine Akte von Holdfast aufbewahrt.',
    database: 'Speicher',
    records: 'Einträge',
    client: 'Dateien der Anwendung für die Arbeit ohne Server',
    builds: 'Versionen',
    none: 'keine',
    bad: 'Versionen, die nicht starteten',
    exportTitle: '1. Geschriebenes herausbringen',
    exportText:
      'Schreibt eine Datei mit allem, was in diesem Browser ist, verschlüsselt, wie es ist. Niemand kann sie ohne die Passphrase einer Person, die hier gearbeitet hat, oder den Schlüssel des Standorts lesen.',
    exportButton: 'Datei speichern',
    exporting: 'Wird geschrieben … {{done}} Einträge',
    exported:
      'Die Datei ist geschrieben: {{name}}, {{done}} Einträge. Prüfen Sie, dass sie da ist, bevor Sie weitermachen.',
    exportFailed:
      'Die Datei konnte nicht geschrieben werden. Es wurde nichts geändert. Bringen Sie das Gerät, wie es ist, zur IT.',
    recover:
      'Geben Sie die Datei der IT. Am Standort: holdfast device recover DATEI übernimmt, was der Standort noch nicht hat. Nichts wird verdoppelt.',
    resetTitle: '2. Anwendung neu starten',
    resetText:
      'Entfernt die aufbewahrten Dateien der Anwendung und lädt sie neu vom Standort. Dafür muss der Standort erreichbar sein. Was auf diesem Gerät geschrieben wurde, bleibt.',
    resetButton: 'Neu starten',
    resetNoSite:
      'Der Standort antwortet nicht. Es wurde nichts entfernt, denn ohne ihn könnte die Anwendung nicht neu geladen werden.',
    resetDone: 'Fertig. Die Anwendung wird geladen …',
    back: 'Zurück zur Station',
    languages: 'Sprachen',
  },
  es: {
    title: 'Rescate',
    intro:
      'Esta página funciona cuando la aplicación de planta no lo hace. Permite sacar lo que se escribió en este dispositivo y volver a iniciar la aplicación. No borra nada de lo escrito.',
    looking: 'Mirando qué hay en este dispositivo…',
    here: 'Lo que hay aquí',
    nothing: 'En este navegador no se guarda ninguna historia de Holdfast.',
    database: 'Almacén',
    records: 'Registros',
    client: 'Archivos de la aplicación guardados para trabajar sin conexión',
    builds: 'versiones',
    none: 'ninguno',
    bad: 'Versiones que no arrancaron',
    exportTitle: '1. Sacar lo que se escribió',
    exportText:
      'Escribe un archivo con todo lo que hay en este navegador, cifrado tal como está. Nadie puede leerlo sin la frase de paso de alguien que trabajó aquí, o la clave del centro.',
    exportButton: 'Guardar el archivo',
    exporting: 'Escribiendo… {{done}} registros',
    exported: 'El archivo está escrito: {{name}}, {{done}} registros. Compruebe que está ahí antes de seguir.',
    exportFailed:
      'No se pudo escribir el archivo. No se cambió nada. Lleve este dispositivo tal como está a informática.',
    recover:
      'Entregue el archivo a informática. En el centro: holdfast device recover ARCHIVO incorpora lo que el centro aún no tiene. Nada se duplica.',
    resetTitle: '2. Volver a iniciar la aplicación',
    resetText:
      'Quita los archivos guardados de la aplicación y los carga otra vez desde el centro. Hace falta el centro. Lo escrito en este dispositivo se queda.',
    resetButton: 'Volver a iniciar',
    resetNoSite: 'El centro no responde, así que no se quitó nada: sin él la aplicación no se podría volver a cargar.',
    resetDone: 'Hecho. La aplicación se está cargando…',
    back: 'Volver a la planta',
    languages: 'Idiomas',
  },
  ar: {
    title: 'الإنقاذ',
    intro:
      'تعمل هذه الصفحة عندما لا يعمل تطبيق الجناح. يمكنها إخراج ما كُتب على هذا الجهاز وتشغيل التطبيق من جديد. وهي لا تحذف شيئًا مما كُتب.',
    looking: 'جارٍ فحص ما يوجد على هذا الجهاز…',
    here: 'ما يوجد هنا',
    nothing: 'لا يحتفظ هذا المتصفح بأي سجل من Holdfast.',
    database: 'المخزن',
    records: 'السجلات',
    client: 'ملفات التطبيق المحفوظة للعمل دون اتصال',
    builds: 'إصدارات',
    none: 'لا شيء',
    bad: 'إصدارات لم تبدأ',
    exportTitle: '1. إخراج ما كُتب',
    exportText:
      'يكتب ملفًا واحدًا بكل ما في هذا المتصفح، مشفّرًا كما هو. لا يستطيع أحد قراءته دون عبارة المرور لشخص عمل هنا أو مفتاح الموقع.',
    exportButton: 'حفظ الملف',
    exporting: 'جارٍ الكتابة… {{done}} سجل',
    exported: 'كُتب الملف: {{name}}، {{done}} سجل. تأكد من وجوده قبل المتابعة.',
    exportFailed: 'تعذّرت كتابة الملف. لم يتغير شيء. خذ هذا الجهاز كما هو إلى قسم تقنية المعلومات.',
    recover:
      'سلّم الملف إلى قسم تقنية المعلومات. في الموقع: يأخذ الأمر holdfast device recover FILE ما ليس لدى الموقع بعد، ولا يتكرر شيء.',
    resetTitle: '2. تشغيل التطبيق من جديد',
    resetText:
      'يزيل ملفات التطبيق المحفوظة ويحمّلها من الموقع مرة أخرى. يلزم أن يكون الموقع متاحًا. ما كُتب على هذا الجهاز يبقى.',
    resetButton: 'تشغيل من جديد',
    resetNoSite: 'الموقع لا يجيب، لذلك لم يُزل شيء: فمن دونه لا يمكن تحميل التطبيق مرة أخرى.',
    resetDone: 'تم. جارٍ تحميل التطبيق…',
    back: 'العودة إلى الجناح',
    languages: 'اللغات',
  },
};
export const RESCUE_LANGUAGES: Readonly<Record<RescueLanguage, string>> = {
  en: 'English',
  fr: 'Français',
  de: 'Deutsch',
  es: 'Español',
  ar: 'العربية',
};
