// Forms of our own, as Questionnaires: they go through the same path as loaded ones. Their words stand in five languages, by FHIR's
// translation extension. Not a licensed scale: points of the falls form are our own and decide nothing by themselves.
import type { JsonObject, ResourceJson } from '../../../core/base/json-types.ts';
import { EXTENSIONS } from '../../../core/care/questionnaire/form-items.ts';

/** English, French, German, Spanish, Arabic. */
type Said = readonly [en: string, fr: string, de: string, es: string, ar: string];
const LANGUAGES = ['fr', 'de', 'es', 'ar'] as const;

/** `text` with its translations, or `display` and `title`. */
function said(name: 'text' | 'display' | 'title', [en, ...others]: Said): JsonObject {
  return {
    [name]: en,
    [`_${name}`]: {
      extension: LANGUAGES.map((language, n) => ({
        url: EXTENSIONS.translation,
        extension: [
          { url: 'lang', valueCode: language },
          { url: 'content', valueString: others[n] ?? en },
        ],
      })),
    },
  };
}
const CODES = 'https://holdfast.example/fhir/CodeSystem/form';
const item = (linkId: string, type: string, words: Said, more: JsonObject = {}): JsonObject => ({
  linkId,
  type,
  ...said('text', words),
  ...more,
});
const option = (code: string, words: Said, points?: number): JsonObject => ({
  valueCoding: {
    ...(points === undefined ? {} : { extension: [{ url: EXTENSIONS.ordinal, valueDecimal: points }] }),
    system: CODES,
    code,
    ...said('display', words),
  },
});
const control = (code: string): JsonObject => ({
  url: EXTENSIONS.itemControl,
  valueCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/questionnaire-item-control', code }] },
});
const unit = (code: string, display = code): JsonObject => ({
  url: EXTENSIONS.unit,
  valueCoding: { system: 'http://unitsofmeasure.org', code, display },
});
const atLeast = (value: number): JsonObject => ({ url: EXTENSIONS.minValue, valueInteger: value });
const atMost = (value: number): JsonObject => ({ url: EXTENSIONS.maxValue, valueInteger: value });
const calculated = (expression: string): JsonObject => ({
  url: EXTENSIONS.calculated,
  valueExpression: { language: 'text/fhirpath', expression },
});
const whenYes = (question: string): JsonObject => ({
  enableWhen: [{ question, operator: '=', answerBoolean: true }],
});
const form = (name: string, title: Said, items: readonly JsonObject[]): ResourceJson => ({
  resourceType: 'Questionnaire',
  url: `https://holdfast.example/fhir/Questionnaire/${name}`,
  version: '1',
  name: name.replaceAll('-', '_'),
  ...said('title', title),
  status: 'active',
  subjectType: ['Patient'],
  item: items,
});

const YES: Said = ['Yes', 'Oui', 'Ja', 'Sí', 'نعم'];
const NO: Said = ['No', 'Non', 'Nein', 'No', 'لا'];
const yesNo = (points: number): readonly JsonObject[] => [option('yes', YES, points), option('no', NO, 0)];
const POINTS = "answer.value.extension.where(url='http://hl7.org/fhir/StructureDefinition/ordinalValue').value";

export const NURSING_ADMISSION = form(
  'nursing-admission',
  ['Nursing admission', 'Admission infirmière', 'Pflegerische Aufnahme', 'Ingreso de enfermería', 'دخول تمريضي'],
  [
    item('person', 'group', ['Person', 'Personne', 'Person', 'Persona', 'الشخص'], {
      item: [
        item(
          'called',
          'string',
          [
            'Likes to be called',
            'Souhaite être appelé(e)',
            'Möchte genannt werden',
            'Prefiere que le llamen',
            'يفضل أن يُنادى',
          ],
          { maxLength: 60 },
        ),
        item(
          'contact-told',
          'boolean',
          [
            'Next of kin know of the admission',
            'Les proches sont prévenus',
            'Angehörige wissen von der Aufnahme',
            'La familia sabe del ingreso',
            'الأهل على علم بالدخول',
          ],
          { required: true },
        ),
        item(
          'valuables',
          'choice',
          ['Valuables', 'Objets de valeur', 'Wertsachen', 'Objetos de valor', 'أشياء ثمينة'],
          {
            repeats: true,
            answerOption: [
              option('glasses', ['Glasses', 'Lunettes', 'Brille', 'Gafas', 'نظارة']),
              option('hearing', ['Hearing aid', 'Appareil auditif', 'Hörgerät', 'Audífono', 'سماعة']),
              option('dentures', ['Dentures', 'Dentier', 'Zahnprothese', 'Dentadura', 'طقم أسنان']),
              option('money', [
                'Money or jewellery',
                'Argent ou bijoux',
                'Geld oder Schmuck',
                'Dinero o joyas',
                'مال أو حلي',
              ]),
              {
                ...option('none', ['None', 'Aucun', 'Keine', 'Ninguno', 'لا شيء']),
                extension: [{ url: EXTENSIONS.exclusive, valueBoolean: true }],
              },
            ],
          },
        ),
      ],
    }),
    item('body', 'group', ['Body', 'Corps', 'Körper', 'Cuerpo', 'الجسم'], {
      item: [
        item('weight', 'quantity', ['Weight', 'Poids', 'Gewicht', 'Peso', 'الوزن'], {
          extension: [unit('kg'), atLeast(0), atMost(400)],
        }),
        item('height', 'quantity', ['Height', 'Taille', 'Größe', 'Talla', 'الطول'], {
          extension: [unit('cm'), atLeast(20), atMost(250)],
        }),
        item(
          'bmi',
          'decimal',
          [
            'Body mass index',
            'Indice de masse corporelle',
            'Body-Mass-Index',
            'Índice de masa corporal',
            'مؤشر كتلة الجسم',
          ],
          {
            readOnly: true,
            extension: [
              calculated(
                "(%resource.item.where(linkId='body').item.where(linkId='weight').answer.value.value / ((%resource.item.where(linkId='body').item.where(linkId='height').answer.value.value / 100) * (%resource.item.where(linkId='body').item.where(linkId='height').answer.value.value / 100))).round(1)",
              ),
            ],
          },
        ),
        item('skin', 'choice', ['Skin', 'Peau', 'Haut', 'Piel', 'الجلد'], {
          required: true,
          extension: [control('radio-button')],
          answerOption: [
            option('intact', ['Intact', 'Intacte', 'Intakt', 'Íntegra', 'سليم']),
            option('red', [
              'Red, does not blanch',
              'Rougeur persistante',
              'Rötung, nicht wegdrückbar',
              'Rojez que no palidece',
              'احمرار لا يزول بالضغط',
            ]),
            option('broken', ['Broken', 'Lésée', 'Verletzt', 'Lesionada', 'متضرر']),
          ],
        }),
        item(
          'skin-where',
          'text',
          ['Where, and how large', 'Où et de quelle taille', 'Wo und wie groß', 'Dónde y qué tamaño', 'أين وما حجمه'],
          {
            required: true,
            maxLength: 500,
            enableBehavior: 'any',
            enableWhen: [
              { question: 'skin', operator: '=', answerCoding: { system: CODES, code: 'red' } },
              { question: 'skin', operator: '=', answerCoding: { system: CODES, code: 'broken' } },
            ],
          },
        ),
      ],
    }),
    item('living', 'group', ['Daily living', 'Vie quotidienne', 'Alltag', 'Vida diaria', 'الحياة اليومية'], {
      item: [
        item(
          'eats',
          'open-choice',
          ['Eating and drinking', 'Alimentation', 'Essen und Trinken', 'Comer y beber', 'الأكل والشرب'],
          {
            extension: [control('radio-button')],
            answerOption: [
              option('alone', ['Alone', 'Seul(e)', 'Selbstständig', 'Solo', 'بمفرده']),
              option('help', ['With help', 'Avec aide', 'Mit Hilfe', 'Con ayuda', 'بمساعدة']),
              option('nil', ['Nil by mouth', 'À jeun', 'Nüchtern', 'Dieta absoluta', 'لا شيء بالفم']),
            ],
          },
        ),
        item('smokes', 'boolean', ['Smokes', 'Fume', 'Raucht', 'Fuma', 'يدخن']),
        item(
          'cigarettes',
          'integer',
          ['Cigarettes a day', 'Cigarettes par jour', 'Zigaretten am Tag', 'Cigarrillos al día', 'سجائر في اليوم'],
          {
            ...whenYes('smokes'),
            required: true,
            extension: [atLeast(0), atMost(200)],
          },
        ),
        item(
          'aids',
          'group',
          ['Aids that are needed', 'Aides nécessaires', 'Benötigte Hilfsmittel', 'Ayudas necesarias', 'وسائل مساعدة'],
          {
            repeats: true,
            extension: [control('gtable')],
            item: [
              item('aid', 'string', ['Aid', 'Aide', 'Hilfsmittel', 'Ayuda', 'الوسيلة'], { maxLength: 80 }),
              item('aid-here', 'boolean', ['Is here', 'Est ici', 'Ist hier', 'Está aquí', 'موجودة هنا']),
            ],
          },
        ),
      ],
    }),
    item(
      'wishes',
      'text',
      [
        'Wishes and worries, in the person’s words',
        'Souhaits et inquiétudes, dans ses mots',
        'Wünsche und Sorgen, in eigenen Worten',
        'Deseos y preocupaciones, con sus palabras',
        'رغبات ومخاوف بكلمات الشخص',
      ],
      { maxLength: 2000 },
    ),
  ],
);

const QUESTIONS: readonly (readonly [string, Said, number])[] = [
  [
    'fell',
    [
      'A fall in the last three months',
      'Une chute ces trois derniers mois',
      'Sturz in den letzten drei Monaten',
      'Caída en los últimos tres meses',
      'سقوط خلال ثلاثة أشهر',
    ],
    3,
  ],
  [
    'walks',
    [
      'Walks unsteadily, or with an aid',
      'Marche instable ou avec aide',
      'Geht unsicher oder mit Hilfsmittel',
      'Camina inestable o con ayuda',
      'مشية غير ثابتة أو بوسيلة',
    ],
    2,
  ],
  [
    'confused',
    ['Confused or restless', 'Confus(e) ou agité(e)', 'Verwirrt oder unruhig', 'Confuso o inquieto', 'مشوش أو قلق'],
    2,
  ],
  [
    'toilet',
    [
      'Goes to the toilet often or in haste',
      'Va souvent ou vite aux toilettes',
      'Geht oft oder eilig zur Toilette',
      'Va al baño a menudo o con prisa',
      'يذهب إلى الحمام كثيرًا أو بعجلة',
    ],
    1,
  ],
  [
    'sedated',
    [
      'Takes medicines that make drowsy or lower the pressure',
      'Prend des médicaments sédatifs ou hypotenseurs',
      'Nimmt sedierende oder blutdrucksenkende Mittel',
      'Toma medicinas sedantes o hipotensoras',
      'يتناول أدوية مهدئة أو خافضة للضغط',
    ],
    1,
  ],
  ['sees', ['Sees badly', 'Voit mal', 'Sieht schlecht', 'Ve mal', 'ضعف في البصر'], 1],
];
export const FALLS_RISK = form(
  'falls-risk',
  ['Falls risk', 'Risque de chute', 'Sturzrisiko', 'Riesgo de caídas', 'خطر السقوط'],
  [
    item(
      'questions',
      'group',
      [
        'What raises the risk',
        'Ce qui augmente le risque',
        'Was das Risiko erhöht',
        'Lo que eleva el riesgo',
        'ما يزيد الخطر',
      ],
      {
        required: true,
        item: QUESTIONS.map(([linkId, words, points]) =>
          item(linkId, 'choice', words, {
            required: true,
            extension: [control('radio-button')],
            answerOption: yesNo(points),
          }),
        ),
      },
    ),
    item(
      'points',
      'decimal',
      [
        'Points (10 at most)',
        'Points (10 au plus)',
        'Punkte (höchstens 10)',
        'Puntos (10 como máximo)',
        'النقاط (10 على الأكثر)',
      ],
      {
        readOnly: true,
        extension: [calculated(`%resource.item.where(linkId='questions').item.${POINTS}.aggregate($this + $total, 0)`)],
      },
    ),
    item('measures', 'choice', ['What is done', 'Mesures prises', 'Maßnahmen', 'Medidas', 'ما يُتخذ'], {
      repeats: true,
      required: true,
      enableWhen: [{ question: 'points', operator: '>=', answerDecimal: 3 }],
      answerOption: [
        option('low', [
          'Bed low, brakes on',
          'Lit bas, freins mis',
          'Bett tief, Bremsen fest',
          'Cama baja, frenos puestos',
          'سرير منخفض ومكابح مثبتة',
        ]),
        option('bell', [
          'Call bell in reach',
          'Sonnette à portée',
          'Rufanlage in Reichweite',
          'Timbre al alcance',
          'الجرس في المتناول',
        ]),
        option('shoes', ['Firm shoes', 'Chaussures fermes', 'Feste Schuhe', 'Calzado firme', 'أحذية ثابتة']),
        option('help', [
          'Walks with one person',
          'Marche avec une personne',
          'Geht mit einer Person',
          'Camina con una persona',
          'يمشي برفقة شخص',
        ]),
        option('review', [
          'Medicines to be reviewed',
          'Médicaments à revoir',
          'Medikamente prüfen lassen',
          'Revisar la medicación',
          'مراجعة الأدوية',
        ]),
      ],
    }),
    item('more', 'text', ['Anything else', 'Autre chose', 'Sonstiges', 'Algo más', 'أي شيء آخر'], { maxLength: 1000 }),
  ],
);

export const PAIN = form(
  'pain',
  ['Pain', 'Douleur', 'Schmerz', 'Dolor', 'الألم'],
  [
    item(
      'has',
      'boolean',
      ['Is there pain', 'Y a-t-il une douleur', 'Bestehen Schmerzen', 'Hay dolor', 'هل يوجد ألم'],
      { required: true },
    ),
    item('where', 'string', ['Where', 'Où', 'Wo', 'Dónde', 'أين'], {
      ...whenYes('has'),
      required: true,
      maxLength: 200,
    }),
    item(
      'rest',
      'integer',
      ['At rest, 0 to 10', 'Au repos, 0 à 10', 'In Ruhe, 0 bis 10', 'En reposo, 0 a 10', 'عند الراحة، 0 إلى 10'],
      {
        ...whenYes('has'),
        required: true,
        extension: [atLeast(0), atMost(10)],
      },
    ),
    item(
      'moving',
      'integer',
      [
        'When moving, 0 to 10',
        'En mouvement, 0 à 10',
        'Bei Bewegung, 0 bis 10',
        'Al moverse, 0 a 10',
        'عند الحركة، 0 إلى 10',
      ],
      {
        ...whenYes('has'),
        extension: [atLeast(0), atMost(10)],
      },
    ),
    item('kind', 'open-choice', ['What it is like', 'Comment elle est', 'Wie er ist', 'Cómo es', 'كيف هو'], {
      ...whenYes('has'),
      extension: [control('autocomplete')],
      answerOption: [
        option('stabbing', ['Stabbing', 'En coup de poignard', 'Stechend', 'Punzante', 'طاعن']),
        option('burning', ['Burning', 'Brûlante', 'Brennend', 'Quemante', 'حارق']),
        option('dull', ['Dull', 'Sourde', 'Dumpf', 'Sordo', 'كليل']),
        option('cramping', ['Cramping', 'Crampes', 'Krampfartig', 'Cólico', 'مغصي']),
      ],
    }),
    item('since', 'dateTime', ['Since when', 'Depuis quand', 'Seit wann', 'Desde cuándo', 'منذ متى'], whenYes('has')),
    item(
      'told',
      'boolean',
      [
        'A doctor was told',
        'Un médecin est prévenu',
        'Ein Arzt wurde verständigt',
        'Se avisó a un médico',
        'أُبلغ طبيب',
      ],
      {
        required: true,
        enableBehavior: 'any',
        enableWhen: [
          { question: 'rest', operator: '>=', answerInteger: 7 },
          { question: 'moving', operator: '>=', answerInteger: 8 },
        ],
      },
    ),
  ],
);

export const OWN_FORMS: readonly ResourceJson[] = [NURSING_ADMISSION, FALLS_RISK, PAIN];
