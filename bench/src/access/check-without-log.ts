import { createHints } from '@tessera/access-control/changes/hints'
import { createWriter } from '@tessera/access-control/changes/writer'
import { checkPassages } from '@tessera/access-control/check/check-passages'
import type { AccessTables } from '@tessera/access-control/database'
import { rememberFacts } from '@tessera/access-control/check/remembered-facts'
import { createPolicyEngine } from '@tessera/access-control/policies/engine/policy-engine'
import { createPolicyJudge } from '@tessera/access-control/policies/policy-judge'
import { defineContract } from '@tessera/shared/bus/contract'
import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { createDatabase } from '@tessera/shared/database/database'
import { pino } from 'pino'
import { createNoLog } from './no-log.ts'

/**
 * The product's own `checkPassages` with a log that writes nothing (`no-log.ts`), as a process of its own under another subject prefix: what the log costs is the difference to
 * access-control beside it. The product has no such switch.
 */
const variable = (name: string) => process.env[name] ?? ''
const logger = pino({ level: 'warn' })
const db = createDatabase<AccessTables>({ url: variable('DATABASE_URL'), schema: 'access' })
const bus = await createNatsBus({
  ...{ url: variable('NATS_URL'), prefix: variable('NATS_PREFIX'), service: 'access', logger },
  ...{ signingKey: variable('ASSERTION_KEY'), trust: variable('ASSERTION_TRUST') },
})
const log = createNoLog(db)
const engine = createPolicyEngine({ onIncident: (incident) => logger.error({ incident }) })
// Its thread takes seconds to start on a busy machine; access-control's runs since policies were published.
await engine.validate('')
const check = checkPassages({
  ...{ db, facts: rememberFacts(), log, drafts: engine, policies: createPolicyJudge(engine) },
  write: createWriter(db, createHints(bus, logger), log),
  checkpoint: async () => undefined,
  confirmRestored: async () => undefined,
})
const { service, version, faults, operations } = accessContract
const contract = defineContract({
  ...{ service, version, faults, events: {} },
  operations: { checkPassages: operations.checkPassages },
})
await bus.serve(contract, { checkPassages: check })
process.send?.({ ready: true })
process.on('disconnect', () => process.exit())
