import { stdnum } from 'stdnum'

/** How the numbers of one country are written. */
export type IdForm = {
  readonly country: string
  readonly shape: RegExp
  /** Its rules: ranges, dates, check digits. */
  readonly isValid: (shown: string) => boolean
  /** What they are called. */
  readonly named: RegExp
  /** Whether this spelling is so peculiar that nothing has to say what it is. */
  readonly isTelling: (shown: string) => boolean
}

/** A form that is no part of longer numbers or words. What it may begin with is looked at first: that is what makes it fast. */
const alone = ({ source, flags }: RegExp) =>
  new RegExp(`(?=[A-Z\\d])(?<![A-Za-z\\d])(?:${source})(?![A-Za-z\\d])`, flags)

const always = () => true
const never = () => false

function form(
  country: string,
  name: string,
  shape: RegExp,
  named: RegExp,
  isTelling: (shown: string) => boolean = never,
): IdForm {
  const rules = stdnum[country]?.[name]
  if (!rules) throw new Error(`There are no rules for ${country} ${name}`)
  return { country, shape: alone(shape), isValid: (shown) => rules.validate(shown).isValid, named, isTelling }
}

/** Numbers of persons, and none of companies. */
export const idForms: readonly IdForm[] = [
  form('AT', 'vnr', /\d{4} ?\d{6}/g, /\b(?:svnr|sv-?nummer|sozialversicherung\w{0,10}|versicherungsnummer)\b/i),
  form('AU', 'tfn', /\d{3} ?\d{3} ?\d{2,3}/g, /\b(?:tfn|tax file)\b/i),
  form(
    'BE',
    'nn',
    /\d{2}\.?\d{2}\.?\d{2}-?\d{3}[.-]?\d{2}/g,
    /\b(?:rijksregister\w{0,8}|registre national|niss|insz|national (?:register )?number)/i,
    (shown) => /[.]/.test(shown),
  ),
  form('BG', 'egn', /\d{10}/g, /\b(?:egn)\b|ЕГН/i),
  form('BR', 'cpf', /\d{3}\.?\d{3}\.?\d{3}-?\d{2}/g, /\bcpf\b/i, (shown) => /\./.test(shown)),
  form('CA', 'sin', /\d{3}[ -]?\d{3}[ -]?\d{3}/g, /\b(?:sin|social insurance)\b/i),
  form('CH', 'ssn', /756\.?\d{4}\.?\d{4}\.?\d{2}/g, /\b(?:ahv|avs|avsn?|sozialversicherungsnummer)\b/i, always),
  form('CZ', 'rc', /\d{6}\/?\d{3,4}/g, /\b(?:rodn[eéý]|birth number|r\. ?č)/i, (shown) => shown.includes('/')),
  form(
    'DE',
    'idnr',
    /\d{2} ?\d{3} ?\d{3} ?\d{3}/g,
    /\b(?:steuer-?(?:id|identifikationsnummer|nummer)|steuerliche\w{0,3} identifikationsnummer|idnr|identifikationsnummer|tin|tax id)\b/i,
  ),
  form(
    'DE',
    'svnr',
    /\d{2} ?\d{6} ?[A-Z] ?\d{3}/g,
    /\b(?:sozialversicherung\w{0,10}|rentenversicherung\w{0,10}|svnr|sv-?nummer|rvnr)\b/i,
    always,
  ),
  form('DK', 'cpr', /\d{6}-?\d{4}/g, /\bcpr\b/i),
  form('EE', 'ik', /\d{11}/g, /\b(?:isikukood|personal code|personal identification code)\b/i),
  form('ES', 'dni', /\d{8}-?[A-Z]/gi, /\b(?:dni|nif|documento nacional)\b/i, always),
  form('ES', 'nie', /[XYZ]-?\d{7}-?[A-Z]/gi, /\bnie\b/i, always),
  form('FI', 'hetu', /\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]/gi, /\b(?:hetu|henkilötunnus)\b/i, always),
  form(
    'FR',
    'nir',
    /[1-478] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}/g,
    /\b(?:nir|insee|sécurité sociale|n[°º] ?ss)\b/i,
    always,
  ),
  form(
    'GB',
    'nino',
    /[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]/gi,
    /\b(?:national insurance|nino|ni (?:number|no))\b/i,
    (shown) => shown === shown.toUpperCase(),
  ),
  form('GR', 'amka', /\d{11}/g, /\b(?:amka)\b|ΑΜΚΑ/i),
  form('HR', 'oib', /\d{11}/g, /\boib\b/i),
  form('IE', 'pps', /\d{7}[A-W][A-IW]?/gi, /\b(?:pps|ppsn|public service number)\b/i),
  form('IN', 'aadhaar', /[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}/g, /\b(?:aadhaar|aadhar|uidai|uid)\b/i),
  form('IN', 'pan', /[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]/g, /\b(?:pan|permanent account)\b/i),
  form(
    'IT',
    'codicefiscale',
    /[A-Z]{6} ?[0-9LMNP-V]{2} ?[A-EHLMPRST][0-9LMNP-V]{2} ?[A-Z][0-9LMNP-V]{3}[A-Z]/g,
    /\b(?:codice fiscale|c\.f\.)/i,
    always,
  ),
  form('LT', 'asmens', /\d{11}/g, /\b(?:asmens kodas)\b/i),
  form(
    'NL',
    'bsn',
    /\d{3}[ .]?\d{3}[ .]?\d{3}|\d{4}[ .]\d{2}[ .]\d{3}/g,
    /\b(?:bsn|burgerservicenummer|sofi-?nummer|citizen service number)\b/i,
  ),
  form('NO', 'fodselsnummer', /\d{6} ?\d{5}/g, /\b(?:fødselsnummer|fodselsnummer|fnr|personnummer)\b/i),
  form('PL', 'pesel', /\d{11}/g, /\bpesel\b/i),
  form('PT', 'nif', /\d{3} ?\d{3} ?\d{3}/g, /\b(?:nif|contribuinte|número fiscal)\b/i),
  form('PT', 'cc', /\d{8} ?\d ?[A-Z0-9]{2} ?\d/g, /\b(?:cartão de cidadão)\b/i),
  form('RO', 'cnp', /[1-9]\d{12}/g, /\b(?:cnp|cod numeric)\b/i),
  form('SE', 'personnummer', /(?:\d{2})?\d{6}[-+]?\d{4}/g, /\b(?:personnummer|pnr)\b/i, (shown) => /[-+]/.test(shown)),
  form('US', 'ssn', /\d{3}[- ]?\d{2}[- ]?\d{4}/g, /\b(?:ssn|social security|soc\.? sec)\b/i, (shown) =>
    /^\d{3}-\d{2}-\d{4}$/.test(shown),
  ),
]
