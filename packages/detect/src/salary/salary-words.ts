/** What announces somebody's pay. */
const words = {
  en: [
    'salar(?:y|ies)',
    'wages?',
    'compensation',
    'remuneration',
    'payroll',
    'payslips?',
    'severance',
    '(?:base|gross|net|annual|monthly|hourly|take-home|starting|total) pay',
    'pay (?:range|grade|band|rate|rise|raise|cut)s?',
    'bonus(?:es)?',
    'earn(?:s|ed|ing)?',
    'ote',
    '(?:is|are|was|were|be|been|gets?|got) paid',
  ],
  fr: [
    'salaires?',
    'rémunérations?',
    'paie',
    'appointements?',
    'traitement (?:mensuel|annuel|brut|net)',
    'gagne(?:nt|r)?',
    'touche(?:nt|r)?',
    'primes?',
    'indemnités? de (?:départ|licenciement)',
  ],
  es: [
    'salarios?',
    'sueldos?',
    'n[óo]minas?',
    'remuneraci(?:ón|ones)',
    'retribuci(?:ón|ones)',
    'gana(?:n|r)?',
    'cobra(?:n|r)?',
    'finiquitos?',
    'bonificaci(?:ón|ones)',
  ],
  de: ['verdien(?:t|st|en|e)', 'besoldung', 'prämien?', 'abfindung(?:en)?', 'bezüge', 'bonuszahlung(?:en)?'],
}
/** German joins words: `Jahresbruttogehalt`. */
const compounded = [
  'geh[aä]lt(?!en)\\p{L}{0,20}',
  'lohn(?!t|en)\\p{L}{0,20}',
  'löhnen?',
  'vergütung\\p{L}{0,20}',
  'entgelt\\p{L}{0,20}',
]

const separate = Object.values(words).flat().join('|')
const word = `(?:(?<![\\p{L}\\p{N}_]|non-)(?:${separate})|(?:${compounded.join('|')}))(?![\\p{L}\\p{N}])`

export const salaryWords = new RegExp(word, 'giu')
export const hasSalaryWord = new RegExp(word, 'iu')
