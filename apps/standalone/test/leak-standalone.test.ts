import { leakTests } from './leak.ts'
import { standaloneWorld } from './world.ts'

leakTests((scope, providerUrl) => standaloneWorld(scope, { OPENAI_COMPATIBLE_URL: providerUrl }))
