import { natsVariables } from '@tessera/shared/bus/nats-environment'
import { Secret } from '@tessera/shared/config/load-config'
import { processVariables } from '@tessera/shared/http/run-service'
import { Type } from 'typebox'

export const Environment = Type.Object({
  ...processVariables,
  ...natsVariables,
  REVISION_TOKEN_KEY: Secret({ minLength: 32, description: 'at least 32 characters; the same for all replicas' }),
  CORS_ORIGINS: Type.Optional(
    Type.String({ description: 'origins of web pages that may call, separated by commas; absent: none' }),
  ),
  RATE_LIMIT_PER_MINUTE: Type.Integer({
    default: 600,
    minimum: 1,
    description: 'requests of one principal, per replica',
  }),
})

/** What `createGateway` needs to know. */
export type GatewayConfig = {
  /** Authenticates revision tokens; the same for all replicas. At least 32 characters. */
  readonly revisionTokenKey: string
  /** Origins of web pages that may call (`https://app.example`). Default none. */
  readonly corsOrigins?: readonly string[]
  /** Requests of one principal in one minute, counted in this process. Default 600. */
  readonly rateLimitPerMinute?: number
  /** Pause between comment lines on a quiet event stream. Default 15 s. */
  readonly heartbeatMs?: number
  /** How long in-flight requests may go on once the gateway closes. Default 20 s. */
  readonly closeGraceMs?: number
  /** How long the list of identity providers is used. Default 60 s; an unknown issuer reads it anew after `coolDownMs` (default 5 s). */
  readonly providersMaxAgeMs?: number
  readonly coolDownMs?: number
  /** Least pause between two readings of the same JWKS because of an unknown key id. Default 30 s. */
  readonly jwksCoolDownMs?: number
}
