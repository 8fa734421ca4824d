import { spaces } from '../nearby.ts'

const wordEnd = '(?![\\p{L}\\p{N}])'
const sign = '[$€£¥₹]|(?:US|CA|AU|NZ|HK|[ACS])\\$'
const code = 'EUR|USD|GBP|CHF|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|JPY|CNY|INR|BRL|MXN|ZAR|SGD'
const name =
  'euros?|(?:US )?dollars?|pounds?|(?:Schweizer )?franken|francs?(?: suisses)?|d[oó]lares|libras|pesos|kronor|zł'
const currency = `(?:${sign}|(?:${code}|${name})${wordEnd})`
const number = `\\d{1,3}(?:[.,'’${spaces}]\\d{3})+(?:[.,]\\d{1,2})?(?!\\d)|\\d{1,9}(?:[.,]\\d{1,2})?(?!\\d)`
const scale = `(?:(?:k|m|mn|tsd\\.?|mio\\.?|thousand|million|grand|tausend|millionen|mille|mil|millones)${wordEnd}|[kt](?=€|EUR))`
const gap = `[${spaces}]?`
const one = `(?:${currency}${gap})?(?:${number})(?:${gap}${scale})?(?:${gap}${currency})?`
const to = `(?:${gap}[-–—]${gap}|[${spaces}](?:to|and|bis|und|à|et|a|y|hasta)[${spaces}])`
const rate = `${gap}(?:\\/|per|an?|each|pro|im|par|por|al)${gap}(?:hour|hr|h|day|week|month|mo|year|yr|annum|stunde|std\\.?|tag|monat|jahr|heure|jour|mois|an|hora|día|mes|año)${wordEnd}`
const otherUnit = `${gap}(?:%|percent|prozent|pour ?cent|por ciento|hours?|days?|weeks?|months?|years?|people|persons?|employees|teammates|stunden|tage|wochen|monate|jahre|mitarbeiter\\w{0,6}|heures|jours|mois|ans|horas|días|meses|años|st\\b|nd\\b|rd\\b|th\\b)`

const amount = new RegExp(
  `(?<![\\p{L}\\p{N}/-]|\\d[.,])${one}(?:${to}${one})?(${rate})?(?!${otherUnit})(?![\\p{L}\\p{N}])`,
  'giu',
)
const money = new RegExp(`${currency}|\\d${gap}(?!mn?${wordEnd})${scale}`, 'iu')
const pensionPlan = /^40[13][ (]?[kb]\b/i
const year = /^(?:19|20)\d\d(?:[^\d.,]+(?:19|20)\d\d)?$/

export type Amount = {
  readonly start: number
  readonly end: number
  /** It says that it is money: by a currency, in thousands, or as what is paid for an hour or a year. */
  readonly saysMoney: boolean
  /** It is large enough for pay, and no year. */
  readonly mayBeMoney: boolean
}

/** Amounts, and ranges of two. */
export function* amountsIn(text: string): Generator<Amount> {
  // Most texts hold none, and this is far faster.
  if (!/\d/.test(text)) return
  for (const { 0: shown, 1: paidFor, index } of text.matchAll(amount)) {
    yield {
      start: index,
      end: index + shown.length,
      saysMoney: paidFor !== undefined || (money.test(shown) && !pensionPlan.test(shown)),
      mayBeMoney: /\d\D?\d{3}/.test(shown) && !year.test(shown),
    }
  }
}
