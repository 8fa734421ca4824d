import assert from 'node:assert/strict'
import { join, relative } from 'node:path'
import test from 'node:test'
import { testFiles } from './test-files.ts'

const root = join(import.meta.dirname, '../../../..')

test('without paths every test file of the repository is found once, and none inside node_modules', async () => {
  const files = await testFiles(root, [])
  assert.ok(files.includes(import.meta.filename))
  assert.equal(new Set(files).size, files.length)
  assert.deepEqual(
    files.filter((file) => file.includes('node_modules')),
    [],
  )
})

test('a folder stands for the tests under it, a file for itself', async () => {
  const own = relative('.', import.meta.dirname)
  const needs = join(own, 'needs.test.ts')
  assert.deepEqual(await testFiles(root, [needs]), [join(import.meta.dirname, 'needs.test.ts')])
  assert.deepEqual(await testFiles(root, [own, needs]), [
    join(import.meta.dirname, 'needs.test.ts'),
    import.meta.filename,
  ])
})

test('a path that does not exist is an error', async () => {
  await assert.rejects(testFiles(root, ['services/nothing-here']), /no such file or folder/)
})
