/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - main() of a fuzz program in an ordinary build: feeds it every file of
 * its corpus and a few hundred small inputs made from a fixed seed. Speaks TAP; a
 * bug shows as a crash.
 *
 *     tests/fuzz/fuzz_frame reads $abs_top_srcdir/tests/fuzz/corpus/fuzz_frame/
 *     tests/fuzz/fuzz_frame FILE... reads these files only
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	INPUT_MAX = 1 << 20,
	RANDOM_RUNS = 500,
	RANDOM_MAX = 256,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of the exact size, so that a sanitizer sees a read past the end. */
static void feed(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static bool feed_file(const char *path)
{
	static uint8_t input[INPUT_MAX];
	FILE *f = fopen(path, "rb");
	size_t size;

	if (!f)
		return false;
	size = fread(input, 1, sizeof(input), f);
	fclose(f);
	feed(input, size);
	return true;
}

static unsigned feed_corpus(const char *program)
{
	const char *top = getenv("abs_top_srcdir");
	const char *slash = strrchr(program, '/');
	const char *name = slash ? slash + 1 : program;
	char path[4096];
	struct dirent *entry;
	unsigned files = 0;
	DIR *dir;

	/* libtool runs an uninstalled program as lt-NAME. */
	if (strncmp(name, "lt-", 3) == 0)
		name += 3;
	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", top ? top : ".", name);
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s/%s", top ? top : ".", name,
			 entry->d_name);
		if (feed_file(path))
			files++;
	}
	closedir(dir);
	return files;
}

static void feed_random(void)
{
	uint8_t input[RANDOM_MAX];
	uint32_t state = 2463534242u; /* xorshift32: the same inputs in every run */

	for (int run = 0; run < RANDOM_RUNS; run++) {
		size_t size = (size_t)run % RANDOM_MAX;

		for (size_t i = 0; i < size; i++) {
			state ^= state << 13;
			state ^= state >> 17;
			state ^= state << 5;
			input[i] = (uint8_t)(state >> 24);
		}
		feed(input, size);
	}
}

int main(int argc, char **argv)
{
	unsigned files;

	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			if (!feed_file(argv[i]))
				fprintf(stderr, "cannot read %s\n", argv[i]);
		return 0;
	}
	printf("1..2\n");
	fflush(stdout);
	files = feed_corpus(argv[0]);
	printf("ok 1 - corpus of %u files\n", files);
	fflush(stdout);
	feed_random();
	printf("ok 2 - %d made inputs\n", RANDOM_RUNS);
	return 0;
}
