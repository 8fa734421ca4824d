import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { fileScope } from '@tessera/testkit/file-scope'
import { scenarios } from './scenarios.ts'
import { clusterWorld, standaloneWorld, type World } from './world.ts'

let standalone: World
let cluster: World
const scope = fileScope()
before(async () => {
  ;[standalone, cluster] = await Promise.all([standaloneWorld(scope), clusterWorld(scope)])
})

for (const scenario of scenarios) {
  test(`${scenario.name}, alike in one process and in six`, async () => {
    assert.deepEqual(await scenario.run(cluster), await scenario.run(standalone))
  })
}
