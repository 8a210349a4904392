/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parser.h - makes the nodes of an expression (the grammar of SelectorParser.jj).
 *
 *     or         = and { OR and }
 *     and        = equality { AND equality }
 *     equality   = comparison { ( = | <> ) comparison | IS [NOT] NULL }
 *     comparison = unary { ( > | >= | < | <= ) unary
 *                        | [NOT] ( CONTAINS | STARTSWITH | ENDSWITH ) string
 *                        | [NOT] BETWEEN unary AND unary
 *                        | [NOT] IN ( string { , string } ) }
 *     unary      = + unary | - unary | NOT unary | literal | name | ( or )
 *
 * NOT binds like a sign. What stands behind a complete expression is not looked at, as in Java.
 *
 * Thread: one owner at a time.
 */
#ifndef MB_FILTER_PARSER_H
#define MB_FILTER_PARSER_H

#include "base/str.h"
#include "mock-broker/filter/node.h"

/* The root, a condition; MB_NO_NODE: t->error says why. `text` lives as long as the tree, and so does
 * `pool`, which has room for as many bytes: texts without their quotes. */
uint32_t mb_parse(struct mb_tree *t, struct rmqi_str text, char *pool);

#endif
