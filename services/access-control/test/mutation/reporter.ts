// A reporter of node:test that says in one JSON line what passed and what failed, and whether an assertion did.
type Event = { type: string; data: { name?: string; details?: { error?: unknown; type?: string } } }

/** `errors`: failures that no assertion made, such as a service that did not start. */
export type Outcome = { passed: number; failed: string[]; errors: string[] }

const MOST = 2000

/** @public node:test loads it by its path. */
export default async function* report(events: AsyncIterable<Event>): AsyncGenerator<string> {
  const outcome: Outcome = { passed: 0, failed: [], errors: [] }
  for await (const { type, data } of events) {
    if (data.details?.type === 'suite') continue
    if (type === 'test:pass') outcome.passed += 1
    if (type !== 'test:fail') continue
    const { error } = data.details ?? {}
    // The test around others fails with them.
    if (isOfSubtests(error)) continue
    // A busy machine notices nothing.
    const told = `${data.name}: ${String(causes(error).at(-1)).slice(0, MOST)}`
    if (isAssertion(error) && !told.includes('bus.timeout')) outcome.failed.push(told)
    else outcome.errors.push(told)
  }
  yield `${JSON.stringify(outcome)}\n`
}

const isOfSubtests = (error: unknown) =>
  typeof error === 'object' && error !== null && 'failureType' in error && error.failureType === 'subtestsFailed'

/** Properties wrap what failed in them. */
const isAssertion = (error: unknown) =>
  causes(error).some((one) => typeof one === 'object' && one !== null && 'code' in one && one.code === 'ERR_ASSERTION')

function causes(error: unknown): unknown[] {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined
  return cause === undefined ? [error] : [error, ...causes(cause)]
}
