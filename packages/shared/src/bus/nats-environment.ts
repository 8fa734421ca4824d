import { type Static, Type } from 'typebox'
import { Secret } from '../config/load-config.ts'

/** What every service of a cluster reads to reach the bus, for its environment schema. */
export const natsVariables = {
  NATS_URL: Type.String({ minLength: 1, description: 'one or more addresses, nats://…, separated by commas' }),
  NATS_USER: Type.Optional(Type.String()),
  NATS_PASSWORD: Type.Optional(Secret()),
  NATS_PREFIX: Type.String({
    default: 'tessera',
    pattern: '^[A-Za-z0-9_-]+$',
    description: 'first token of every subject',
  }),
  ASSERTION_KEY: Secret({ description: 'this service’s Ed25519 private key, PKCS8 DER in base64' }),
  ASSERTION_TRUST: Type.String({ minLength: 2, description: 'JSON: service → Ed25519 public key, SPKI DER in base64' }),
}

const Variables = Type.Object(natsVariables)

/** These variables as options of `createNatsBus`. */
export const natsOptionsOf = (config: Static<typeof Variables>) => ({
  url: config.NATS_URL,
  user: config.NATS_USER,
  password: config.NATS_PASSWORD,
  prefix: config.NATS_PREFIX,
  signingKey: config.ASSERTION_KEY,
  trust: config.ASSERTION_TRUST,
})
