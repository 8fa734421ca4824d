import { createEraseDerived } from './read-sets/erase-derived.ts'
import { randomUUID } from 'node:crypto'
import type { Bus } from '@tessera/shared/bus/bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { agentsContract } from '@tessera/shared/contracts/agents'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import { databaseAnswers } from '@tessera/shared/database/database'
import type { Service } from '@tessera/shared/service'
import { type Clock, systemClock } from '@tessera/shared/time/clock'
import type { Logger } from 'pino'
import { createAcceptInvitation } from './conversations/accept-invitation.ts'
import { createAddParticipant } from './conversations/add-participant.ts'
import { createCreateConversation } from './conversations/create-conversation.ts'
import { createDeleteConversation } from './conversations/delete-conversation.ts'
import { createLeaveConversation, createRemoveParticipant } from './conversations/end-participation.ts'
import { createGetConversation } from './conversations/get-conversation.ts'
import { createListConversations } from './conversations/list-conversations.ts'
import { createListParticipants } from './conversations/list-participants.ts'
import { createPutFeedback } from './conversations/put-feedback.ts'
import type { AgentsDatabase } from './database.ts'
import { createCreateAgent } from './definitions/create-agent.ts'
import { createCreateAgentVersion } from './definitions/create-agent-version.ts'
import { createGetAgent } from './definitions/get-agent.ts'
import { createListAgents } from './definitions/list-agents.ts'
import { createPublishAgentVersion } from './definitions/publish-agent-version.ts'
import { createUpdateAgent } from './definitions/update-agent.ts'
import { guardHandlers } from './edge/guard-handlers.ts'
import { createAsk } from './runs/ask.ts'
import { createCancelRun } from './runs/cancel-run.ts'
import { createLiveRuns } from './runs/live-runs.ts'
import { createReadEvents } from './runs/read-events.ts'
import type { RunDeps } from './runs/run-agent.ts'
import { createWorker } from './runs/worker.ts'

export type AgentsDeps = {
  bus: Bus
  db: AgentsDatabase
  logger: Logger
  clock?: Clock
  /** Names this process among its replicas. */
  workerId?: string
  /** For how long a run belongs to a worker that gives no sign of life (default 15 s). */
  leaseMs?: number
  /** How long a run may take in all, wherever it works (default 10 minutes). */
  runTimeoutMs?: number
  /** How long `close` lets runs end before it leaves them to other replicas (default 10 s). */
  graceMs?: number
  hooks?: {
    /** Called between two things that a crash must not tear apart; what it throws ends the work there, without any cleaning up. */
    onBoundary?: RunDeps['onBoundary']
  }
}

export type Agents = Service & {
  /**
   * The process is about to stop: no runs of others are taken up any more, and what breaks with the bus goes on elsewhere. Said before the bus
   * closes; `close` comes after it.
   */
  drain(): void
}

/** Agents, their versions, conversations and runs. Serves its contract on the bus from the moment it resolves. */
export async function createAgents(deps: AgentsDeps): Promise<Agents> {
  const { bus, db, logger, clock = systemClock, workerId = randomUUID(), leaseMs = 15_000 } = deps
  const { runTimeoutMs = 600_000, graceMs = 10_000 } = deps
  const access = bus.connectTo(accessContract)
  const retrieval = bus.connectTo(retrievalContract)
  const models = bus.connectTo(modelsContract)
  const live = createLiveRuns()
  const onBoundary = deps.hooks?.onBoundary ?? (() => undefined)
  const runDeps = { db, bus, access, retrieval, models, onBoundary }
  const worker = createWorker({ db, logger, live, deps: runDeps, workerId, leaseMs })

  const definitions = { db, access }
  const opening = { db, bus, access }
  const delivery = { db, bus, access, live }
  const guard = guardHandlers(db, logger)
  await bus.serve(agentsContract, {
    createAgent: guard.call(createCreateAgent(definitions)),
    listAgents: guard.call(createListAgents(definitions)),
    getAgent: guard.call(createGetAgent(definitions)),
    updateAgent: guard.call(createUpdateAgent(definitions)),
    createAgentVersion: guard.call(createCreateAgentVersion(definitions)),
    publishAgentVersion: guard.call(createPublishAgentVersion({ ...definitions, retrieval, clock })),
    createConversation: guard.call(createCreateConversation(definitions)),
    listConversations: guard.call(createListConversations(definitions)),
    getConversation: guard.call(createGetConversation(opening)),
    deleteConversation: guard.call(createDeleteConversation(definitions)),
    addParticipant: guard.call(createAddParticipant(definitions)),
    acceptInvitation: guard.call(createAcceptInvitation(definitions)),
    leaveConversation: guard.call(createLeaveConversation(definitions)),
    removeParticipant: guard.call(createRemoveParticipant(definitions)),
    listParticipants: guard.call(createListParticipants(definitions)),
    eraseDerived: guard.call(createEraseDerived(definitions)),
    putFeedback: guard.call(createPutFeedback(opening)),
    cancelRun: guard.call(createCancelRun({ ...delivery, worker })),
    ask: guard.stream(createAsk({ ...delivery, worker, workerId, leaseMs, runTimeoutMs, onBoundary })),
    readEvents: guard.stream(createReadEvents(delivery)),
  })

  return {
    async notReady() {
      return [...((await databaseAnswers(db)) ? [] : ['database']), ...(bus.connected() ? [] : ['bus'])]
    },
    drain: () => worker.drain(),
    close: () => worker.close(graceMs),
  }
}
