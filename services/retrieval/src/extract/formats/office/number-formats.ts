import { format } from 'numfmt'

/** The formats that a workbook does not spell out (ECMA-376 part 1, 18.8.30). Dates are shown as in ISO 8601 where the format leaves their form to the reader's country. */
const builtIn: Readonly<Record<number, string>> = {
  ...{ 1: '0', 2: '0.00', 3: '#,##0', 4: '#,##0.00', 9: '0%', 10: '0.00%', 11: '0.00E+00', 12: '# ?/?', 13: '# ??/??' },
  ...{ 14: 'yyyy-mm-dd', 15: 'd-mmm-yy', 16: 'd-mmm', 17: 'mmm-yy', 18: 'h:mm AM/PM', 19: 'h:mm:ss AM/PM' },
  ...{ 20: 'h:mm', 21: 'h:mm:ss', 22: 'yyyy-mm-dd h:mm', 37: '#,##0;-#,##0', 38: '#,##0;-#,##0' },
  ...{
    39: '#,##0.00;-#,##0.00',
    40: '#,##0.00;-#,##0.00',
    45: 'mm:ss',
    46: '[h]:mm:ss',
    47: 'mm:ss.0',
    48: '##0.0E+0',
  },
}

/** A number as its cell shows it. A pattern that can't be read leaves the number as it is. */
export function shownNumber(value: number, formatId: number, custom: ReadonlyMap<number, string>): string {
  const pattern = custom.get(formatId) ?? builtIn[formatId]
  if (pattern === undefined || pattern === 'General') return String(value)
  try {
    return format(pattern, value, { throws: false }).trim()
  } catch {
    return String(value)
  }
}
