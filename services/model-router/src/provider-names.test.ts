import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const source = import.meta.dirname
const names = /openai|anthropic|claude|gemini|google|mistral|ollama|vllm|gpt-(?!tokenizer)/i

test('no provider is named outside its adapter and the catalogue', () => {
  const files = globSync('**/*.ts', { cwd: source }).filter(
    (file) => !file.endsWith('.test.ts') && !/^(providers|catalogue)\//.test(file),
  )
  assert.ok(files.length > 10)
  const named = files.filter((file) => names.test(readFileSync(`${source}/${file}`, 'utf8')))
  assert.deepEqual(named, [])
})

test('what all adapters share names no provider either', () => {
  const shared = globSync('providers/*.ts', { cwd: source }).filter(
    (file) => !file.endsWith('.test.ts') && !/\/(environment|providers-from-config)\.ts$/.test(file),
  )
  assert.ok(shared.length > 8)
  assert.deepEqual(
    shared.filter((file) => names.test(readFileSync(`${source}/${file}`, 'utf8'))),
    [],
  )
})
