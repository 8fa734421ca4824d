import { type DestinationStream, type Logger, pino } from 'pino'

/** Wherever one of these turns up in a log line, its value is left out. */
const secrets = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'apiKey',
  'key',
  '["set-cookie"]',
  '["x-api-key"]',
  'DATABASE_URL',
]
const paths = secrets.flatMap((name) =>
  name.startsWith('[') ? [name, `*${name}`, `*.*${name}`] : [name, `*.${name}`, `*.*.${name}`],
)

/** A service's logger: JSON lines on standard output, with the name of the service and without secrets. */
export function createLogger(
  name: string,
  { level = 'info', destination }: { level?: string; destination?: DestinationStream } = {},
): Logger {
  const options = { name, level, redact: { paths, censor: '[redacted]' } }
  return destination ? pino(options, destination) : pino(options)
}
