import { Type } from 'typebox'

const shownErrors = 1000

export const ImportReport = Type.Object({
  lines: Type.Integer({ description: 'Lines that were not blank.' }),
  written: Type.Integer({ description: 'Lines that changed something.' }),
  unchanged: Type.Integer({ description: 'Lines that said what stood there already.' }),
  batches: Type.Object({
    written: Type.Integer(),
    refused: Type.Integer({ description: 'Batches with a bad line: nothing of them was written.' }),
  }),
  errors: Type.Array(Type.Object({ line: Type.Integer(), field: Type.String(), rule: Type.String() }), {
    description: 'Of bad lines, the first 1,000. Lines count from 1, `field` is a JSON pointer into the line.',
  }),
  truncated: Type.Boolean({ description: 'There were more errors than are shown.' }),
})

/** What one batch came to. */
export type BatchOutcome = {
  readonly lines: number
  readonly written: number
  readonly unchanged: number
  readonly errors: readonly { number: number; field: string; rule: string }[]
}

/** Counts while batches go by. */
export function createImportReport() {
  const report = {
    ...{ lines: 0, written: 0, unchanged: 0, truncated: false },
    batches: { written: 0, refused: 0 },
    errors: new Array<{ line: number; field: string; rule: string }>(),
  }
  return {
    report,
    add: ({ lines, written, unchanged, errors }: BatchOutcome) => {
      report.lines += lines
      report.written += written
      report.unchanged += unchanged
      report.batches[errors.length > 0 ? 'refused' : 'written'] += 1
      const room = shownErrors - report.errors.length
      report.errors.push(...errors.slice(0, room).map(({ number, field, rule }) => ({ line: number, field, rule })))
      report.truncated ||= errors.length > room
    },
  }
}
