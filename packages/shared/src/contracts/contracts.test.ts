import { auditFaults } from './access-control/faults.ts'
import { contracts as known } from './all.ts'
import { contractsSnapshot } from './snapshot.ts'
import { readFile } from 'node:fs/promises'
import { type Contract, subjectOf } from '../bus/contract.ts'
import assert from 'node:assert/strict'
import test from 'node:test'

const contracts: readonly Contract[] = known

type Snapshot = Record<string, { operations: object; events: object; faults: readonly string[] }>

/** One entry per operation, event and list of faults, so that a test names what differs instead of printing everything. */
const entriesOf = (snapshot: Snapshot) =>
  new Map(
    Object.entries(snapshot).flatMap(([contract, { operations, events, faults }]) =>
      Object.entries({ ...operations, ...events, faults }).map(([name, entry]) => [
        `${contract}.${name}`,
        JSON.stringify(entry),
      ]),
    ),
  )

test('no contract differs from its snapshot; a change that is meant is written down by `node scripts/generate.ts`', async () => {
  const read = await readFile(new URL('contracts.snapshot.json', import.meta.url), 'utf8')
  const committed = entriesOf(JSON.parse(read) as Snapshot)
  const current = entriesOf(JSON.parse(contractsSnapshot()) as Snapshot)
  const names = [...new Set([...committed.keys(), ...current.keys()])]
  assert.deepEqual(
    names.filter((name) => committed.get(name) !== current.get(name)),
    [],
  )
})

test('names of operations and events are one token of a NATS subject, and none begins with an underscore', () => {
  const names = contracts.flatMap(({ operations, events }) => [...Object.keys(operations), ...Object.keys(events)])
  assert.deepEqual(
    names.filter((name) => !/^[a-z][A-Za-z0-9]*$/.test(name)),
    [],
  )
})

test('every operation is called by somebody, and never by its own service', () => {
  const wrong = contracts.flatMap((contract) =>
    Object.entries(contract.operations)
      .filter(([, { calledBy }]) => calledBy.length === 0 || calledBy.some((service) => service === contract.service))
      .map(([name]) => subjectOf(contract, name)),
  )
  assert.deepEqual(wrong, [])
})

test('every fault that an operation lists is defined under the name that it bears', () => {
  const catalogues = [auditFaults, ...contracts.map(({ faults }) => faults)]
  const defined = new Set(
    catalogues.flatMap(({ service, definitions }) => Object.keys(definitions).map((name) => `${service}.${name}`)),
  )
  const undefinedFaults = contracts.flatMap((contract) =>
    Object.entries(contract.operations).flatMap(([name, { faults }]) =>
      faults.filter((code) => !defined.has(code)).map((code) => `${subjectOf(contract, name)}: ${code}`),
    ),
  )
  assert.deepEqual(undefinedFaults, [])
})
