/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command_letters.h - the quick way through the fields of a SEND_MESSAGE_V2. For the two forms of a command.
 *
 * Its keys are letters, and peers write them in the order of the alphabet (SendMessageRequestHeaderV2.java).
 * As long as they do, each is read where it stands: into ext[], and into its member of
 * struct rmqi_letters, so that the header need not be read from ext[] again. The code is made from the
 * table of the schema, a piece for each letter.
 *
 * What stands otherwise is left to the general readers, which go on behind the last field that was taken; the
 * header then is read from ext[], too. So the result is the same, only slower.
 */
#ifndef RMQI_CODEC_COMMAND_LETTERS_H
#define RMQI_CODEC_COMMAND_LETTERS_H

#include <stdbool.h>

#include "base/cursor.h"
#include "codec/command.h"
#include "codec/scanner.h"
#include "codec/schema.h"

static inline bool rmqi_letters_are_due(const struct rmqi_command *c)
{
	return c->code == RMQI_REQ_SEND_MESSAGE_V2;
}

/* Takes entries off *rest. If that was all, the header is read. */
void rmqi_letters_binary(struct rmqi_command *c, struct rmqi_cursor *rest);
/* Behind the opening brace: moves behind the last value that was taken. True: there was one. If the closing
 * brace is next, the header is read. */
bool rmqi_letters_json(struct rmqi_command *c, struct rmqi_scanner *s);

#endif
