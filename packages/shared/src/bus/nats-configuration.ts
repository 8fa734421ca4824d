import { natsPermissions, passwordVariable } from './nats-permissions.ts'
import type { Contract } from './contract.ts'
import { maxPayloadBytes } from './in-process-transport.ts'
import { serviceNames } from './assertion-keys.ts'

/** Longer than the longest stream may take, so that its source may answer to the end. */
const answersForMinutes = 5

/** The text of nats/nats.conf: one user for each service, with the permissions that the contracts give it. */
export function natsConfiguration(contracts: readonly Contract[]): string {
  const longestMs = Math.max(
    ...contracts.flatMap(({ operations }) => Object.values(operations).map(({ timeoutMs }) => timeoutMs)),
  )
  const answers = `{ max: -1, expires: "${Math.ceil(longestMs / 60_000) + answersForMinutes}m" }`
  return `# Generated from the contracts by \`node scripts/generate.ts\`; a test fails when it is stale. Do not edit.
#
# NATS reads these variables from its environment: NATS_STORE_DIR (where JetStream keeps facts) and one password for each
# service (${serviceNames.map(passwordVariable).join(', ')}).
# Start it as \`nats-server -c nats.conf -m 8222\` to have its monitoring page, and /healthz for a probe.
# NATS reads a variable's value as configuration text: use letters and digits, beginning with a letter.

port: 4222
max_payload: ${maxPayloadBytes}

jetstream {
  store_dir: $NATS_STORE_DIR
  max_memory_store: 64MB
  max_file_store: 4GB
}

# Answers are allowed one by one, to the reply subject of each request that arrived, for as long as the longest stream may last.
authorization {
  timeout: 5
  users: [
${serviceNames.map((service) => userText(service, contracts, answers)).join('\n')}
  ]
}
`
}

function userText(service: (typeof serviceNames)[number], contracts: readonly Contract[], answers: string): string {
  const { publish, subscribe } = natsPermissions(service, contracts)
  // A user whose list is empty may do everything, so an empty one denies everything instead.
  const list = (subjects: readonly string[]) =>
    subjects.length === 0
      ? '{ deny: ">" }'
      : `{ allow: [\n${subjects.map((subject) => `          ${JSON.stringify(subject)}`).join('\n')}\n        ] }`
  const answering = contracts.some((contract) => contract.service === service)
  return `    {
      user: ${service}
      password: $${passwordVariable(service)}
      permissions: {
        publish: ${list(publish)}
        subscribe: ${list(subscribe)}${answering ? `\n        allow_responses: ${answers}` : ''}
      }
    }`
}
