import type { modelsContract } from '@tessera/shared/contracts/model-router'
import type { Client } from '@tessera/shared/bus/contract'
import type { Call } from '@tessera/shared/bus/call'
import type { CompletionRequest } from '@tessera/shared/contracts/model-router/completion'
import type { Fault } from '@tessera/shared/fault/fault'
import type { TestContext } from 'node:test'
import type { Entries } from '../src/catalogue/catalogue.ts'
import { fakeProvider, protocols, type Respond, sendEvents } from './fake-provider.ts'
import { adapterAt, adapters, user } from './providers.ts'
import { startRouter } from './router.ts'

const [openai, , , , compatible] = adapters
const { text, end } = protocols.openai

/** Answers as a model that works does. */
export const answers =
  (...texts: string[]): Respond =>
  (response) => {
    sendEvents(response, [...texts.map(text), ...end])
    response.end()
  }

export const refuses =
  (status: number, headers: Record<string, string> = {}): Respond =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end('{"error":{}}')

/** A router with two providers that answer as a test says, an admin, and somebody who asks. */
export async function twoProviders(t: TestContext, { catalogue }: { catalogue?: Entries } = {}) {
  const behave = { one: answers('from one'), two: answers('from two') }
  const one = await fakeProvider(t, (...asked) => behave.one(...asked))
  const two = await fakeProvider(t, (...asked) => behave.two(...asked))
  const providers = await Promise.all([adapterAt(openai, one.url), adapterAt(compatible, two.url)])
  const router = await startRouter(t, { providers, ...(catalogue && { catalogue }) })
  const [boss, ana] = [router.people.add('admin'), router.people.add('member')]
  const { models, callOf } = router
  return {
    ...router,
    behave,
    servers: { one, two },
    asked: () => [one.requests.length, two.requests.length],
    boss,
    ana,
    ask: (request: Partial<CompletionRequest>, call = callOf(ana)) => ask(models, request, call),
  }
}

export type Told = { text: string; served: string | undefined; route: string | undefined; fault: Fault | undefined }

/** Everything that a completion tells, to its end. */
export async function ask(
  models: Pick<Client<typeof modelsContract>, 'complete'>,
  request: Partial<CompletionRequest>,
  call: Call,
): Promise<Told> {
  const told: Told = { text: '', served: undefined, route: undefined, fault: undefined }
  const whole = { model: 'openai/gpt-x', messages: [user('What?')], decisionIds: [], ...request }
  for await (const event of models.complete(whole, call)) {
    if (!event.ok) told.fault = event.fault
    else if (event.value.type === 'start') {
      told.served = event.value.model
      told.route = event.value.route
    } else if (event.value.type === 'text-delta') told.text += event.value.text
  }
  return told
}
