import type { TObject } from 'typebox'
import { loadConfig } from '@tessera/shared/config/load-config'
import { Environment as accessControl } from '../services/access-control/src/config.ts'
import { Environment as agents } from '../services/agents/src/config.ts'
import { Environment as connectors } from '../services/connectors/src/config.ts'
import { Environment as gateway } from '../services/gateway/src/config.ts'
import { Environment as modelRouter } from '../services/model-router/src/config.ts'
import { Environment as retrieval } from '../services/retrieval/src/config.ts'

export type Variables = Record<string, string>

/** What each service reads, as its own configuration says. */
export const environments: Readonly<Record<string, TObject>> = {
  gateway,
  'access-control': accessControl,
  retrieval,
  'model-router': modelRouter,
  agents,
  connectors,
}

export const services = Object.keys(environments)

/** The services with tables, by their users and schemas in PostgreSQL. */
export const databaseUsers: Readonly<Record<string, string>> = {
  'access-control': 'access',
  retrieval: 'retrieval',
  'model-router': 'models',
  agents: 'agents',
  connectors: 'connectors',
}

/** Read by the telemetry of every service beside its configuration. */
const telemetry = /^OTEL_[A-Z_]+$/

/** What is wrong with the variables of a service: those that it does not know, and what its own configuration loader refuses. */
export function problemsOf(service: string, variables: Variables, helpers: readonly string[] = []): string[] {
  const schema = environments[service]
  if (!schema) return [`${service} is no service`]
  const unknown = Object.keys(variables).filter(
    (name) => !(name in schema.properties) && !telemetry.test(name) && !helpers.includes(name),
  )
  try {
    loadConfig(schema, variables)
  } catch (error) {
    return [...unknown, String(error)]
  }
  return unknown
}
