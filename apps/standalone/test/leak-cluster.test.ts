import { leakTests } from './leak.ts'
import { clusterWorld } from './world.ts'

leakTests((scope, providerUrl) =>
  clusterWorld(scope, { environment: { models: { OPENAI_COMPATIBLE_URL: providerUrl } } }),
)
