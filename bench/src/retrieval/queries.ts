import { readFileSync } from 'node:fs'

const questions = (
  JSON.parse(readFileSync(new URL('handbook-questions.json', import.meta.url), 'utf8')) as { question: string }[]
).map(({ question }) => question)

/** So many questions of the handbook, over and over. */
export const handbookQuestions = (count: number) =>
  Array.from({ length: count }, (_, index) => questions[index % questions.length] ?? '')
