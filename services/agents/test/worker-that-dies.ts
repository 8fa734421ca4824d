import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { createDatabase } from '@tessera/shared/database/database'
import { pino } from 'pino'
import { createAgents } from '../src/app.ts'
import type { AgentsTables } from '../src/database.ts'
import type { Boundary } from '../src/runs/run-agent.ts'

/** What the test tells this process in its first argument, as JSON. */
export type DyingWorker = {
  nats: { url: string; prefix: string; signingKey: string; trust: string }
  database: { url: string; schema: string }
  leaseMs: number
  dieAt: Boundary
}

// A process of its own that kills itself in the middle of a run: no handler, no `finally`, no closing of connections.
const { nats, database, leaseMs, dieAt } = JSON.parse(process.argv[2] ?? '') as DyingWorker
await createAgents({
  bus: await createNatsBus({ ...nats, service: 'agents' }),
  db: createDatabase<AgentsTables>(database),
  logger: pino({ level: 'silent' }),
  leaseMs,
  hooks: {
    onBoundary: async (name) => {
      if (name !== dieAt) return
      process.kill(process.pid, 'SIGKILL')
      await new Promise(() => undefined)
    },
  },
})
process.stdout.write('ready\n')
