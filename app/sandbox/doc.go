// Package sandbox plays Microsoft Entra, Microsoft Graph and Dataverse for one
// invented company, for the demo and for tests.
//
// It promises to answer as the real services are documented to (limits, paging,
// error bodies, silent oddities), to make the same company from the same seed
// and clock, to be reachable from this machine only, and to leave no goroutine
// behind. It refuses what the real services refuse. It shares no type with the
// clients: a wrong JSON tag there must fail here. Knobs break it on purpose.
//
// A world is the seeded company; a room is a chat as the server keeps it; an
// entry is one message of a room, generated from the seed when it is read.
//
// # Entra: what is faithful, and what knowingly is not
//
// Judged by @azure/msal-node: go run ./build conformance entra. Facts: Microsoft's
// pages named in reference/graph.md §5 of the project.
//
//	operation                faithful                                                     not faithful
//	openid-configuration     issuer, endpoints, organizations/common with {tenantid}      no userinfo, logout or kerberos endpoint
//	discovery/v2.0/keys      RS256 key by kid, new in each run                            one key; no x5c, no rotation
//	authorize                code, PKCE S256, state, nonce, login_hint, prompt, claims,   no passwords, no cookies: prompt=none goes by
//	                         client_info; AADSTS50011 and 700016 as a page, 50058,        login_hint alone; no form_post; PKCE is
//	                         65004, 90023, 700054, 28000 by redirect                      demanded of native apps too
//	consent                  Consent(user): a page, per person; else 90094 except for     a token holds the named scopes, not all agreed to;
//	                         administrators; .default gives what was agreed to; token     of Graph's permissions outside the registration
//	                         requests that name more fail with 65001, also of             some twenty are known, others are 70011
//	                         permissions that the registration does not name
//	adminconsent             administrators only (90093), accept, decline                 grants all that is withheld, for all scopes
//	token: code              once (54005), 10 minutes (70008), redirect (500112), PKCE    -
//	                         (50148), the first resource's scopes when none are named
//	token: refresh_token     rotates, the old one stays, 90 days (700082), any resource,  no sliding limit of 24 h for pages, no sign-in
//	                         one at a time (28000), 70011, 500011, revoked (50173)        frequency
//	token: device_code       authorization_pending, slow_down, declined, expired,         -
//	                         unknown; MSAL's short grant name
//	token: client_credentials secret (7000215, 7000218), certificate (RS256, PS256;       one confidential application; no managed
//	                         700021, 700023, 700024, 700027), .default only (1002012),    identity
//	                         a tenant (50059); roles, idtyp app, no scp
//	token: on-behalf-of      audience (500131), signature (50013), time (500133), no      no nested exchange by other applications
//	                         application tokens (7000114), claims passed on, consent
//	access tokens            v1 for Graph and Dataverse, v2 for the companion (aud, azp,  signed by a key that clients can see, with
//	                         azpacr, acct, scp, acrs), pairwise sub                       sbx_ claims; opaque with Microsoft
//	errors                   error, suberror, error_codes, claims, trace, correlation     texts are shortened
//	continuous access        401 with insufficient_claims at once, cp1 in xms_cc          tokens live an hour with cp1 too
//	conditional access       RefuseSignIn(53003, 50076 …), StepUp with acrs and claims    no device, location or risk
//	TLS                      SecureEntra: an authority per run; issuers name their door   Graph and Dataverse have none
//
// # Graph: what is faithful, and what knowingly is not
//
// Judged by @microsoft/microsoft-graph-client: go run ./build conformance graph.
// Facts: reference/graph.md of the project. Each operation asks for its delegated
// scopes, or application permissions, as Microsoft's table says (graphRoutes).
//
//	operation                faithful                                                     not faithful
//	query options            unknown ones, wrong orders, $top over the limit and $select  $expand takes no nested options, of users, teams
//	                         of what a type does not have are 400, on writes any is;      and items nothing; people are not filtered;
//	                         messages' $filter is ignored when $orderby differs; opaque   names are as written ($top, never $Top); the text
//	                         $skiptoken; short pages and an empty last one (ShortPages)   of some refusals is Microsoft's only in part
//	bodies                   JSON by its content type, properties of the type only,       read-only properties of messages but time, sender
//	                         exactly written, once; no import of times and senders;       and type are ignored; whoever is mentioned need
//	                         marks, emojis, cards and files are looked at                 not be a member
//	chats list, get          $expand of 25 members and the preview, viewpoint per person, order without $orderby is the last change;
//	                         null topics, RefuseOrder, filters by topic and type          no installedApps filter
//	create, rename           a 1:1 pair once, groups always anew, roles, guests           no federated people, no deleting of chats
//	members                  201 without body, history from a time, 409, opaque ids,      a history from a date is obeyed, which
//	                         app-only adds named by id with a null name                   Microsoft is said to ignore at times
//	messages                 both orders, gt/lt, ids as times, etag and modification      no policyViolation, no custom emoji, no
//	                         moved by edits and reactions, unknownFutureValue without     loops; HTML is not sanitised except by
//	                         Prefer, empty bodies when deleted, 28 KB, null names         StripMarker
//	hosted contents          rewritten to absolute addresses, served, listed without bytes images only
//	replyWithQuote, pins     messageReference with preview, ten at most; pin events       pins move no etag
//	read state, hide         own view only, unread back to a time                         takes effect at once; Microsoft lags
//	delta                    next and delta links, no replies, eight months; nothing lost tokens never expire; the filter counts in
//	                         at equal times; /chats too, though undocumented              the first round only
//	teams and channels       three kinds, who sees what, threads by latest activity,      membership of teams is fixed; no archive, no
//	                         replies expanded (200), subject on first posts only          tags; tabs are an empty list
//	files                    sessions in 320 KiB pieces, 202, 416, resume, cancel,        512 MB a drive, in memory; a token on the
//	                         expiry after 24 h; conflicts; invite; folders made;          upload address is tolerated, for it is on
//	                         download addresses without a token                           Graph's host; no versions, no hashes
//	people, users, presence  ConsistencyLevel for $search, guests refused, photos by      presence changes every half hour; photos are
//	                         size, 404 without one, 650 ids                               PNG, Microsoft's are JPEG
//	search/query             chatMessage of the own chats (and channels with the scope),  no index lag; 60,000 messages are looked at;
//	                         words, phrases, from, sent, mentions, hasAttachment, 25      no other entity, one request
//	subscriptions            handshake within 10 s, three days, lifecycle address over an no presence, no getAllMessages; addresses on
//	                         hour, one per app, person and chat, renewal, reauthorize,    this machine only, http allowed; retries end
//	                         missed, subscriptionRemoved, encrypted data, tokens          after 1.4 h, Microsoft's after 4 h
//	$batch                   20, dependsOn with 424, own 429 per item, base64, any order  requests run one after the other
//	errors                   innerError with date and ids, AclCheckFailed, claims         405 and some 400 texts are inferred
//	                         challenge, 412 for exports, 405
//	throttling               the published table per app and tenant, app, place, person;  a sliding window; 1 request/s and place is
//	                         every fifth 429 has no Retry-After                           counted per row of the table, not over all
//	transport                gzip both ways, encoded ids, parentheses after delta         no HTTP/2, no TLS
//
// # Dataverse: what is faithful, and what knowingly is not
//
// Judged by dynamics-web-api: go run ./build conformance dataverse. Facts:
// reference/dataverse.md of the project.
//
//	operation                faithful                                                     not faithful
//	query options            $select, $filter (and, or, not, contains …, lambdas, query   no $apply (501), no arithmetic, no Above/Under/
//	                         functions), $orderby, $top, $count, $expand to 15 with nested Contain; days are UTC, not the user's; no next
//	                         options; $skip and what is unknown are 400; collation folds  links inside expanded collections
//	paging                   maxpagesize, opaque $skiptoken, counts stop at 5,000         cookies may be used for ever
//	annotations              formatted values, lookup and navigation names, patterns      numbers and dates as en-US; no Money
//	FetchXML, savedQuery     attributes, filters with 57 operators, links inner, outer,   no any/all links, no valueof, no late
//	                         exists, in; order, pages with cookie, distinct, aggregates   materialise; nulls of links are left out
//	metadata                 tables, columns by type, choices, relationships, keys, CSDL  read only; columns are those the product may
//	                         in two languages; $filter, $select, $expand                  ask for; no global choices, no annotations
//	create, update, delete   204/201, deep inserts, bind, $ref, single properties, upsert no duplicate rules, no plug-ins, no cascades
//	                         with If-Match and If-None-Match, 412, lengths, choices, status but an activity's parties
//	                         that fits its state, Append and Assign rights, media types
//	cases                    resolved by CloseIncident only, not changed while resolved   the code of a case without a customer is a guess
//	                         or cancelled, never without a customer
//	$batch                   CRLF, change sets that are atomic, $1, continue-on-error,    status texts are Go's
//	                         1,000 requests, no nesting
//	change tracking          delta links, deletions last, seven days, prohibited options, its tables are a choice of ours: Microsoft does
//	                         organisation-wide Read (403)                                 not say which Teams tables have it
//	functions, actions       WhoAmI, principal access, privileges by name, counts; close a SendAppNotification shows nothing; counts are
//	                         case, queues, sharing, app notifications, the custom action  exact, not of a daily snapshot
//	security                 roles, depth, owners, teams (access teams own nothing), units, five fixed roles; no hierarchy, no column
//	                         shares, parents of parties and posts; codes and texts        security, no impersonation headers
//	activities               pointers, parties (read only), resolutions, chats, notes, posts posts carry little XML; no recurrence
//	chat sync                made some seconds later, topic, members as party 12, last    five seconds are a guess; caught up when
//	                         sender; seven idle days, completed, unlinked, off; no activities Dataverse is asked
//	suggested contacts       rulesets, ranks, types, disabled rules, action's contract    how FetchXML names the record ({recordid}) and
//	                                                                                      how a path is written (a/b/c) is ours
//	search 1.0 and 2.0       words, stars, any and all, filters, highlights, one a second no facets, fuzziness, suggest, autocomplete
//	service protection       6,000, 1,200 s and 52 in 300 s per user, Retry-After, headers one web server; pushing on does not lengthen it
//	discovery, training      a second environment, who is a user of which                 two environments of one region
package sandbox
