import { databaseVariables } from '@tessera/shared/database/database-environment'
import { natsVariables } from '@tessera/shared/bus/nats-environment'
import { processVariables } from '@tessera/shared/http/run-service'
import { Secret } from '@tessera/shared/config/load-config'
import { Type } from 'typebox'

/** The PostgreSQL schema of this service's tables. */
export const schema = 'access'

/** What the commands read that change tables or make a workspace. */
export const DatabaseEnvironment = Type.Object(databaseVariables)

/** Variables of the decision log. The key lies outside the database, and so does what it signed. */
const auditVariables = {
  AUDIT_SIGNING_KEY: Secret({
    description: 'the Ed25519 private key that signs checkpoints of the decision log, PKCS8 DER in base64',
  }),
  AUDIT_CHECKPOINTS_DIR: Type.String({
    minLength: 1,
    description: 'where checkpoints are kept that the database’s admin cannot write: one directory for all replicas',
  }),
}

/** What `rotate-audit-key.ts` reads. */
export const RotationEnvironment = Type.Object({
  ...DatabaseEnvironment.properties,
  AUDIT_SIGNING_KEY: auditVariables.AUDIT_SIGNING_KEY,
  AUDIT_SIGNING_KEY_NEW: Secret({ description: 'the key that takes over, in the same form' }),
})

/** What the service reads. */
export const Environment = Type.Object({
  ...processVariables,
  ...DatabaseEnvironment.properties,
  ...natsVariables,
  ...auditVariables,
})
