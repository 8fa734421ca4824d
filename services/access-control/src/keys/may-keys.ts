import type { Call } from '@tessera/shared/bus/call'
import type { May } from '../changes/writer.ts'
import type { WriteFault } from '../faults.ts'
import { findCaller, isInPerson, roleFault } from '../people/may.ts'

/** Whether somebody has to do with a key of their own: a user, in person and by a token, since a key must not beget keys. */
export const isOwnKey = (call: Call, principal: string) =>
  principal === call.caller.subject &&
  principal.startsWith('user:') &&
  isInPerson(call) &&
  call.caller.keyId === undefined

/** Admins, about the keys of anybody; and everybody about their own, as far as `own` lets them. */
export const mayKeysOf =
  (principal: string, own: () => WriteFault | undefined = () => undefined): May =>
  async (trx, call) => {
    const row = await findCaller(trx, call)
    const refusal = roleFault(row, call, ['admin'])
    if (!refusal || !isOwnKey(call, principal)) return refusal
    return roleFault(row, call, []) ?? own()
  }
