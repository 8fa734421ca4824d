/** One page of a list: its rows were asked for with one row more than the limit, which says whether there is another page. */
export function pageOf<R extends { id: string }, T>(rows: readonly R[], limit: number, itemOf: (row: R) => T) {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(itemOf), ...(rows.length > limit && last ? { nextCursor: last.id } : {}) }
}

export const defaultLimit = 50
