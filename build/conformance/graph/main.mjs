// Microsoft's Graph client for JavaScript judges the sandbox's Graph: its page
// iterator, batches, upload tasks, retries and errors must work as with
// Microsoft's, over every call that Chatpane makes.
import { check, done } from './check.mjs'
import { chats, members, scopes, views } from './chats.mjs'
import { reading, sending } from './messages.mjs'
import { batches, files, people, subscriptions, teams } from './rest.mjs'
import { strict } from './strict.mjs'

for (const part of [chats, members, views, scopes, reading, sending, people, teams, files, batches, subscriptions, strict]) {
  try {
    await part()
  } catch (e) {
    await check(`${part.name}: runs to its end`, () => { throw e })
  }
}
done()
