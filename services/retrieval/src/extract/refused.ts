import { type ContentFaultCode, retrievalFaults } from '@tessera/shared/contracts/retrieval'
import { fail } from '@tessera/shared/fault/result'

type Name = ContentFaultCode extends `retrieval.${infer N}` ? N : never

/** Thrown where a document turns out to be one that can't be taken in. */
export class Refused extends Error {
  readonly reason: Name
  constructor(reason: Name, detail: string) {
    super(detail)
    this.reason = reason
  }
}

export const refuse = (reason: Name, detail: string) => fail(retrievalFaults.fault(reason, detail))

/** What an error of a parser means for the document. Its own words may quote the document, so they are not passed on. */
export function refusalOf(error: unknown) {
  if (error instanceof Refused) return refuse(error.reason, error.message)
  if (error instanceof RangeError && /call stack/i.test(error.message))
    return refuse('too-deep', 'It is nested too deeply.')
  if (error instanceof RangeError && /array buffer|invalid (string|array) length/i.test(error.message)) {
    return refuse('too-much-memory', 'Reading it takes too much memory.')
  }
  return refuse('damaged', 'Its parser finds it damaged.')
}
