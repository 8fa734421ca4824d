import { fail, ok } from '@tessera/shared/fault/result'
import type { May } from '../changes/writer.ts'
import { decideFor } from '../check/decide-for.ts'
import { fault, unknown } from '../faults.ts'
import type { AccessDeps, Make } from '../handler.ts'
import { mayAdmin } from '../people/may.ts'
import { findCurrent, findDigest, type Place, replaceDigest } from './digests.store.ts'

/** Whoever reads the passage in full now. To those who may not read it at all it does not exist. */
const mayReadInFull =
  (policies: AccessDeps['policies'], { documentId, passageId }: Place): May =>
  async (trx, call) => {
    const { view } = await decideFor(trx, policies, call, { documentId, passageId })
    if (view === 'none') return unknown('passage')
    return view === 'full' ? undefined : fault('forbidden', 'This takes somebody who reads the passage in full.')
  }

/** It takes the place of any digest that the passage has, so there is none until somebody approves it. */
export const proposeDigest: Make<'proposeDigest'> = ({ write, policies }) =>
  async function proposeDigest(input, call) {
    const { contentVersion, hash } = input
    return write(call, { operation: 'proposeDigest', input }, mayReadInFull(policies, input), async (change) => {
      const { trx, workspaceId } = change
      const current = await findCurrent(trx, workspaceId, input)
      if (current?.contentVersion !== contentVersion) return fail(stale)
      const standing = await findDigest(trx, workspaceId, input)
      if (standing?.hash === hash && standing.content_version === contentVersion) return ok({})
      const proposer = call.caller.subject
      await replaceDigest(change, input, { ...current, hash, proposer, state: 'proposed', approver: null })
      return ok({})
    })
  }

/** Bound to the content version and the labels in force at this moment: it ends to exist when one of them changes. */
export const approveDigest: Make<'approveDigest'> = ({ write, policies }) =>
  async function approveDigest(input, call) {
    if (call.caller.actors.length > 0)
      return fail(fault('forbidden', 'A person approves a digest, and no agent for them.'))
    return write(call, { operation: 'approveDigest', input }, mayReadInFull(policies, input), async (change) => {
      const { trx, workspaceId } = change
      const approver = call.caller.subject
      const current = await findCurrent(trx, workspaceId, input)
      const digest = await findDigest(trx, workspaceId, input)
      if (!digest || !current) return fail(unknown('digest'))
      if (digest.hash !== input.hash)
        return fail(fault('conflict', 'Another digest is proposed by now. Read it again.'))
      if (digest.content_version !== current.contentVersion) return fail(stale)
      const exists = digest.state === 'approved' && digest.labels.join(' ') === current.labels.join(' ')
      if (exists) return ok({})
      if (digest.proposer === null || digest.proposer === approver) {
        return fail(fault('forbidden', 'Somebody else than who proposed it must approve it.'))
      }
      const { hash, proposer } = digest
      await replaceDigest(change, input, { ...current, hash, proposer, state: 'approved', approver })
      return ok({})
    })
  }

export const withdrawDigest: Make<'withdrawDigest'> = ({ write, policies }) =>
  async function withdrawDigest(input, call) {
    const may: May = async (trx, inCall) =>
      (await mayAdmin(trx, inCall)) === undefined ? undefined : mayReadInFull(policies, input)(trx, inCall)
    return write(call, { operation: 'withdrawDigest', input }, may, async (change) => {
      if (await findDigest(change.trx, change.workspaceId, input)) await replaceDigest(change, input)
      return ok({})
    })
  }

const stale = fault('conflict', 'The document has another content version by now.')
