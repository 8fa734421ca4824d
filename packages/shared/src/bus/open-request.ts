import { type Operation } from './contract.ts'
import { fail, ok, type Result } from '../fault/result.ts'
import type { Assertions } from './assertion.ts'
import { busFaults } from './faults.ts'
import type { Caller } from './call.ts'
import type { Message } from './transport.ts'
import { decode, header } from './wire.ts'
import { fits } from './fits.ts'

export type Opened = {
  readonly caller: Caller
  readonly assertion: string
  readonly timeoutMs: number
  readonly input: unknown
}

/** What a request says, once it is known who it is for and that it fits. `subject` is the operation's, `access.v1.getMe`. */
export function openRequest(
  message: Message,
  { subject, operation, assertions }: { subject: string; operation: Operation; assertions: Assertions },
): Result<Opened> {
  const assertion = message.headers[header.assertion]
  const believed = assertions.verify(assertion)
  if (!believed.ok)
    return fail(busFaults.fault('unauthenticated', `A call of ${subject} is refused. ${believed.reason}`))
  const asked = Number(message.headers[header.deadlineMs])
  const timeoutMs = Math.min(operation.timeoutMs, Number.isFinite(asked) ? asked : operation.timeoutMs)
  if (timeoutMs <= 0) return fail(busFaults.fault('timeout', `The deadline of ${subject} passed before it arrived.`))
  const what = `The input of ${subject}`
  const decoded = decode(message.data, what)
  if (!decoded.ok) return decoded
  const fitting = fits(operation.input, decoded.value, what)
  if (!fitting.ok) return fitting
  return ok({ caller: believed.caller, assertion: assertion as string, timeoutMs, input: decoded.value })
}
