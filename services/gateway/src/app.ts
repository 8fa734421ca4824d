import fastifySwaggerUi from '@fastify/swagger-ui'
import type { Bus } from '@tessera/shared/bus/bus'
import { type App, createApp } from '@tessera/shared/http/create-app'
import type { Service } from '@tessera/shared/service'
import type { Logger } from 'pino'
import { addChanges } from './access/changes.http.ts'
import { addDocumentAccess } from './access/document-access.http.ts'
import { addImport } from './access/import.http.ts'
import { addQuestions } from './access/questions.http.ts'
import { addActingApps } from './administration/acting-apps.http.ts'
import { addApprovals } from './administration/approvals.http.ts'
import { addBreakGlass } from './administration/break-glass.http.ts'
import { addDelegates } from './administration/delegates.http.ts'
import { addWorkspace } from './administration/workspace.http.ts'
import { addAgents } from './agents/agents.http.ts'
import { addDecisions } from './audit/decisions.http.ts'
import { addAuditExport } from './audit/export.http.ts'
import { connectClients } from './clients.ts'
import type { GatewayConfig } from './config.ts'
import { addCompare } from './compare/compare.http.ts'
import { addVotes } from './compare/votes.http.ts'
import { addCompatible } from './compatible/compatible.http.ts'
import { addConnections } from './content/connections.http.ts'
import { addDataSources } from './content/data-sources.http.ts'
import { addDocuments } from './content/documents.http.ts'
import { addPutDocument } from './content/put-document.http.ts'
import { addIndex } from './content/index.http.ts'
import { addIndexStatus } from './content/index-status.http.ts'
import { addSkipped } from './content/skipped.http.ts'
import { addSyncs } from './content/syncs.http.ts'
import { addConversations } from './conversations/conversations.http.ts'
import { addParticipants } from './conversations/participants.http.ts'
import { addMessages } from './conversations/messages.http.ts'
import { createActingTokens } from './edge/acting-token.ts'
import { addAuthentication, createAuthenticate } from './edge/authenticate.ts'
import { createCallOf } from './edge/call.ts'
import { addCors } from './edge/cors.ts'
import { createEdge, type Edge } from './edge/edge.ts'
import { addIdempotencyRule } from './edge/idempotency-key.ts'
import { createIdentityProviders } from './edge/identity-providers.ts'
import { addRateLimit } from './edge/rate-limit.ts'
import { createRememberedKeys } from './edge/remembered-keys.ts'
import { addResponseHeaders } from './edge/response-headers.ts'
import { createRevisionTokens } from './edge/revision-token.ts'
import { addClearances } from './labels/clearances.http.ts'
import { addDigests } from './labels/digests.http.ts'
import { addLabels } from './labels/labels.http.ts'
import { addRedactionRules } from './labels/redaction-rules.http.ts'
import { addBudgets } from './models/budgets.http.ts'
import { addCatalogue } from './models/catalogue.http.ts'
import { addGuardrails } from './models/guardrails.http.ts'
import { addModelHealth } from './models/health.http.ts'
import { addRoutes } from './models/routes.http.ts'
import { addUsage } from './models/usage.http.ts'
import { addUsageExport } from './models/usage-export.http.ts'
import { addGroups } from './people/groups.http.ts'
import { addKeys } from './people/keys.http.ts'
import { addMe } from './people/me.http.ts'
import { addMemberships } from './people/memberships.http.ts'
import { addServiceAccounts } from './people/service-accounts.http.ts'
import { addSpaces } from './people/spaces.http.ts'
import { addToken } from './people/token.http.ts'
import { addUsers } from './people/users.http.ts'
import { addPolicies } from './policies/policies.http.ts'
import { addPolicySteps } from './policies/policy-steps.http.ts'
import { addSearch } from './search/search.http.ts'
import { addWholeDocument } from './search/whole-document.http.ts'

export type GatewayDeps = { readonly bus: Bus; readonly config: GatewayConfig; readonly logger?: Logger }

const openapi = {
  title: 'Tessera',
  description:
    'Agents that answer from your own documents, and only from those that the reader may see. Errors are problem documents (RFC 9457) with a stable `code`; what you may not know of is 404, always the same. Writes answer with `Tessera-Revision`, reads take `Tessera-At-Least`. Lists are paged with `cursor` and `limit`.',
  securitySchemes: {
    token: { type: 'http', scheme: 'bearer', description: 'A token of the identity provider (JWT), or an API key.' },
    key: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same, as clients of Anthropic send it.' },
  },
} as const

/** The public HTTP door. `app` is not listening yet. `close` ends requests in flight first; the bus is closed by whoever made it. */
export async function createGateway({ bus, config, logger }: GatewayDeps): Promise<Service & { readonly app: App }> {
  const notReady = async () => (bus.connected() ? [] : ['bus'])
  const app = await createApp({
    name: 'gateway',
    notReady,
    openapi,
    ...(logger && { logger }),
    ...(config.closeGraceMs !== undefined && { closeGraceMs: config.closeGraceMs }),
  })
  addCors(app, config.corsOrigins ?? [])
  await app.register(fastifySwaggerUi, { routePrefix: '/docs', staticCSP: true })
  const providers = createIdentityProviders({
    bus,
    maxAgeMs: config.providersMaxAgeMs ?? 60_000,
    coolDownMs: config.coolDownMs ?? 5000,
    jwksCoolDownMs: config.jwksCoolDownMs ?? 30_000,
  })
  const actingTokens = createActingTokens(config.revisionTokenKey)
  const authenticate = createAuthenticate({ bus, providers, actingTokens, rememberedKeys: createRememberedKeys() })
  const edge = createEdge({
    clients: connectClients(bus),
    callOf: createCallOf(bus),
    identifyAnew: authenticate.anew,
    heartbeatMs: config.heartbeatMs ?? 15_000,
    tokens: createRevisionTokens(config.revisionTokenKey),
  })
  await app.register(
    async (v1) => {
      addResponseHeaders(v1)
      addAuthentication(v1, authenticate)
      await addRateLimit(v1, { perMinute: config.rateLimitPerMinute ?? 600 })
      addIdempotencyRule(v1)
      addNativeRoutes(v1, edge)
      await v1.register(async (part) => addPutDocument(part, edge))
      await v1.register(async (part) => addImport(part, edge))
      await v1.register(async (part) => addToken(part, { edge, providers, tokens: actingTokens }))
      await v1.register(async (part) => addCompatible(part, edge))
    },
    { prefix: '/v1' },
  )
  return { app, notReady, close: () => app.close() }
}

function addNativeRoutes(v1: App, edge: Edge): void {
  for (const add of [
    addMe,
    addUsers,
    addServiceAccounts,
    addGroups,
    addMemberships,
    addSpaces,
    addKeys,
    addConnections,
    addDataSources,
    addSyncs,
    addSkipped,
    addIndexStatus,
    addIndex,
    addDocuments,
    addAgents,
    addConversations,
    addMessages,
    addParticipants,
    addSearch,
    addWholeDocument,
    addUsage,
    addUsageExport,
    addCatalogue,
    addRoutes,
    addBudgets,
    addGuardrails,
    addModelHealth,
    addCompare,
    addVotes,
    addQuestions,
    addDocumentAccess,
    addChanges,
    addLabels,
    addClearances,
    addRedactionRules,
    addDigests,
    addPolicies,
    addPolicySteps,
    addDecisions,
    addAuditExport,
    addWorkspace,
    addApprovals,
    addBreakGlass,
    addDelegates,
    addActingApps,
  ])
    add(v1, edge)
}
