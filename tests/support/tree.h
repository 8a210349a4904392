/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - where the sources and what was built are: abs_top_srcdir and abs_top_builddir of make check, else, for a
 * program that is run by hand from anywhere, what stands above it. "." when nothing is found.
 *
 * Static memory, made by the first call; thread: one.
 */
#ifndef TESTS_SUPPORT_TREE_H
#define TESTS_SUPPORT_TREE_H

const char *tree_sources(void);
const char *tree_built(void);
/* rmq-mock: $RMQ_MOCK, else that of the build tree. */
const char *tree_mock(void);

#endif
