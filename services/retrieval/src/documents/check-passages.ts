import type { Call } from '@tessera/shared/bus/call'
import type { Client, InputOf } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import type { Receipt } from '@tessera/shared/contracts/access-control/decisions'
import { ok } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import { failFromAccess } from '../faults.ts'
import { rowIdOf, type RowView } from '../index/search-index.ts'

export type AccessCheck = Pick<Client<typeof accessContract>, 'checkPassages'>
type Input = InputOf<(typeof accessContract)['operations']['checkPassages']>
export type Candidate = Input['candidates'][number]
type Allowed = { entitledView: RowView; labels: string[]; hidesTitle: boolean }

/** What access-control decided about some candidates, at one revision, under one row of the decision log. */
export type Checked = {
  decisionId: string
  receipt: Static<typeof Receipt>
  revision: number
  /** What was said of exactly this variant; nothing where it is refused. */
  allowed(passageId: string, view: RowView): Allowed | undefined
}

/** The authoritative check. Without an answer there is nothing to serve. */
export async function checkPassages(access: AccessCheck, input: Input, call: Call) {
  const checked = await access.checkPassages(input, call)
  if (!checked.ok)
    return failFromAccess<
      | 'access.forbidden'
      | 'access.pending'
      | 'access.deactivated'
      | 'access.future-revision'
      | 'access.stopped'
      | 'audit.unavailable'
    >(checked.fault)
  const { decisionId, receipt, revision } = checked.value
  const allowed = new Map(checked.value.allowed.map((one) => [rowIdOf(one), one]))
  return ok<Checked>({
    decisionId,
    receipt,
    revision,
    allowed: (passageId, view) => allowed.get(rowIdOf({ passageId, view })),
  })
}
