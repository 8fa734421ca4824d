/**
 * Joins what is asked for while a turn is under way into the next turn: what comes alone is done at once, and under load one turn serves many. `work` answers
 * its items in their order; what it throws, each of them gets.
 */
export function inTurns<Item, Answer>(atMost: number, work: (items: readonly Item[]) => Promise<readonly Answer[]>) {
  const waiting: { item: Item; settle: PromiseWithResolvers<Answer> }[] = []
  let busy = false
  const takeTurns = async () => {
    busy = true
    for (let turn = waiting.splice(0, atMost); turn.length > 0; turn = waiting.splice(0, atMost)) {
      try {
        const answers = await work(turn.map(({ item }) => item))
        for (const [at, { settle }] of turn.entries()) settle.resolve(answers[at] as Answer)
      } catch (error) {
        for (const { settle } of turn) settle.reject(error)
      }
    }
    busy = false
  }
  return (item: Item): Promise<Answer> => {
    const settle = Promise.withResolvers<Answer>()
    waiting.push({ item, settle })
    if (!busy) void takeTurns()
    return settle.promise
  }
}
