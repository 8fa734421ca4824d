import type { Call } from '@tessera/shared/bus/call'
import type { Client, InputOf } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import type { Passage } from '@tessera/shared/contracts/retrieval'
import { newId } from '@tessera/shared/ids/ids'
import { ok } from '@tessera/shared/fault/result'
import { failFromAccess } from '../faults.ts'
import type { RegistryPassage } from './passages.store.ts'

export type AccessCheck = Pick<Client<typeof accessContract>, 'checkPassages'>
type Input = InputOf<(typeof accessContract)['operations']['checkPassages']>
export type Candidate = Input['candidates'][number]

/** What access-control decided about some candidates, at one revision, under one row of the decision log. */
export type Checked = {
  decisionId: string
  revision: number
  /** The views of those that are allowed, by passage. */
  allowed: ReadonlyMap<string, { view: 'full' | 'redacted' | 'digest'; entitledView: 'full' | 'redacted' | 'digest' }>
}

/** The authoritative check. Without an answer there is nothing to serve. */
export async function checkPassages(access: AccessCheck, input: Input, call: Call) {
  const checked = await access.checkPassages(input, call)
  if (!checked.ok)
    return failFromAccess<
      'access.forbidden' | 'access.pending' | 'access.deactivated' | 'access.future-revision' | 'audit.unavailable'
    >(checked.fault)
  const { decisionId, revision, allowed } = checked.value
  return ok<Checked>({ decisionId, revision, allowed: new Map(allowed.map((one) => [one.passageId, one])) })
}

/** Until labels exist, what is served is the whole passage. */
export const candidateOf = ({ passageId, documentId, contentVersion, hash }: RegistryPassage): Candidate => ({
  passageId,
  documentId,
  contentVersion,
  view: 'full',
  hash,
})

/** For what does not exist: the check has the same to do, and refuses it as it refuses what may not be seen. */
export const decoy = (): Candidate => ({
  passageId: newId('psg'),
  documentId: newId('doc'),
  contentVersion: newId('ver'),
  view: 'full',
  hash: '',
})

/** The passage as its reader gets it, or nothing when the check did not allow exactly this view. */
export function served(passage: RegistryPassage, { allowed }: Pick<Checked, 'allowed'>): Passage[] {
  const decision = allowed.get(passage.passageId)
  if (decision?.view !== 'full') return []
  const { url, ordinal: _, firstBlock, lastBlock, ...rest } = passage
  return [
    {
      ...rest,
      ...(url === null ? {} : { url }),
      view: decision.view,
      entitledView: decision.entitledView,
      position: { firstBlock, lastBlock },
    },
  ]
}
