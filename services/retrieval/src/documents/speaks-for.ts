import type { Caller } from '@tessera/shared/bus/call'

/** Content is written in the name of the data source that it came from (signed by connectors), and of no other. */
export const speaksFor = ({ subject }: Caller, dataSourceId: string) => subject === `connector:${dataSourceId}`

/** The data source that the caller speaks for. */
export function dataSourceOf({ subject }: Caller): string | undefined {
  return /^connector:(src_.+)$/.exec(subject)?.[1]
}
