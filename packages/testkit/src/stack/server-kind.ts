/** The three servers that tests run against. */
export const SERVER_KINDS = ['postgres', 'nats', 'elasticsearch'] as const
export type ServerKind = (typeof SERVER_KINDS)[number]

/** The variable that points at a running server of that kind, instead of one that we start. */
export const URL_VARIABLE: Record<ServerKind, string> = {
  postgres: 'TEST_DATABASE_URL',
  nats: 'TEST_NATS_URL',
  elasticsearch: 'TEST_ELASTICSEARCH_URL',
}
