import { createNatsBus } from '../nats-bus.ts'
import { echo, probe } from './probe.ts'
import { ok } from '../../fault/result.ts'

/** A service in a process of its own, for a test to kill. Started by nats-bus.test.ts, which passes what it needs as JSON. */
const options = JSON.parse(process.argv[2] ?? '{}') as Parameters<typeof createNatsBus>[0]

const bus = await createNatsBus(options)
await bus.serve(probe, {
  ...echo,
  async *count() {
    yield ok({ n: 1 })
    await new Promise<never>(() => undefined)
  },
})
process.send?.('ready')
