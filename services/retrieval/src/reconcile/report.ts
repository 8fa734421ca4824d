/** What was found, and given to workers to be repaired. */
export const nothingFound = {
  documents: 0,
  rows: 0,
  missing: 0,
  surplus: 0,
  otherText: 0,
  staleAccess: 0,
  unknown: 0,
  repaired: 0,
}
export type Report = typeof nothingFound

export const reportOf = (noted: Readonly<Record<string, number | boolean>>): Report => ({ ...nothingFound, ...noted })
