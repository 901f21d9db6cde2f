// strict checks that what Microsoft refuses is refused, and never ignored.
import { check, equal } from './check.mjs'
import { group, me, mine, others } from './client.mjs'
import { fails } from './chats.mjs'

export async function strict() {
  const c = await group('Strict', others[0])
  const at = `/chats/${c.id}`
  const send = (message) => mine.api(`${at}/messages`).post(message)
  const body = { contentType: 'html', content: '<p>x</p>' }
  await check('strict: $select of what a type does not have', async () => {
    for (const path of ['/me/chats', at, '/me', '/users', '/me/people', '/me/joinedTeams', '/me/drive', '/me/presence']) await fails(() => mine.api(path).select('banana').get(), 400, 'BadRequest')
  })
  await check('strict: options that an operation does not know', async () => {
    for (const path of ['/me?$expand=banana', '/users?$orderby=banana', '/users?$count=banana', '/me/people?$filter=banana', '/me/photo?$top=1', `${at}/tabs?$filter=banana`, '/me/drive/root?$expand=banana', `${at}/members?$banana=1`])
      await fails(() => mine.api(path).get(), 400)
  })
  await check('strict: options on a write', async () => fails(() => mine.api(`${at}/messages`).select('id').post({ body }), 400, 'BadRequest'))
  await check('strict: a property that a message does not have', async () => fails(() => send({ body, banana: 1 }), 400, 'BadRequest'))
  await check('strict: a property in other letters', async () => fails(() => send({ Body: body }), 400, 'BadRequest'))
  await check('strict: a body that is not called JSON', async () => fails(() => mine.api(`${at}/messages`).header('Content-Type', 'text/plain').post(JSON.stringify({ body })), 400, 'BadRequest'))
  await check('strict: a message of another time or person', async () => {
    await fails(() => send({ body, createdDateTime: '2020-01-01T00:00:00Z' }), 403, 'Forbidden')
    await fails(() => send({ body, from: { user: { id: others[0].id } } }), 403, 'Forbidden')
  })
  await check('strict: a system message', async () => fails(() => send({ body, messageType: 'systemEventMessage' }), 400, 'BadRequest'))
  await check('strict: a reaction that is a word', async () => {
    const m = await send({ body })
    await fails(() => mine.api(`${at}/messages/${m.id}/setReaction`).post({ reactionType: 'banana' }), 400, 'BadRequest')
    await mine.api(`${at}/messages/${m.id}/setReaction`).post({ reactionType: '👩🏽‍💻' })
  })
  await check('strict: a file without an address, a card that is no JSON', async () => {
    const marked = { contentType: 'html', content: '<attachment id="a"></attachment>' }
    await fails(() => send({ body: marked, attachments: [{ id: 'a', contentType: 'reference' }] }), 400, 'BadRequest')
    await fails(() => send({ body: marked, attachments: [{ id: 'a', contentType: 'application/vnd.microsoft.card.adaptive', content: 'x' }] }), 400, 'BadRequest')
  })
  await check('strict: a mention in a text, or of nothing', async () => {
    const mentions = [{ id: 0, mentionText: 'x', mentioned: { user: { id: others[0].id, displayName: 'x', userIdentityType: 'aadUser' } } }]
    await fails(() => send({ body: { contentType: 'text', content: '<at id="0">x</at>' }, mentions }), 400, 'BadRequest')
    await fails(() => send({ body: { contentType: 'html', content: '<at id="0">x</at>' }, mentions: [{ ...mentions[0], mentioned: {} }] }), 400, 'BadRequest')
  })
  await check('strict: a chat below somebody else', async () => {
    await fails(() => mine.api(`/users/${others[0].id}${at}`).get(), 403, 'Forbidden')
    equal((await mine.api(`/users/${me.id}${at}`).get()).id, c.id, 'chat')
  })
  await check('strict: an export by a person', async () => fails(() => mine.api('/me/chats/getAllMessages').get(), 412))
  await check('strict: a method that a path does not know is no redirect', async () => fails(() => mine.api('/me/drive').post({}), 405))
}
