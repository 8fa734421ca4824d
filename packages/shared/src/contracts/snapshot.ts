import type { Contract, Operation } from '../bus/contract.ts'
import { contracts } from './all.ts'

/**
 * All that other processes rely on, as JSON: kept in contracts.snapshot.json, so that each change of a contract is a diff that
 * somebody reads. Within a version only optional additions are compatible.
 */
export function contractsSnapshot(all: readonly Contract[] = contracts): string {
  const entries = all.map(({ service, version, operations, events, faults }) => [
    `${service}.v${version}`,
    {
      operations: Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, shown(operation)])),
      events,
      faults: Object.keys(faults.definitions),
    },
  ])
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
}

/** Without the summary, which binds nobody. */
const shown = ({ summary: _summary, ...rest }: Operation) => rest
