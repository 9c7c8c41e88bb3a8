/* SPDX-License-Identifier: Apache-2.0 */
/* Something to execute that needs nothing. */
#ifndef TESTS_TINY_H
#define TESTS_TINY_H

/* A static program of x86-64 that ends with status 0. */
static const unsigned char tiny[] = {
	0x7f, 'E',  'L',  'F', 2, 1,	1,    0,    0,	  0,	0, 0,	 0, 0, 0,    0,	 2,
	0,    62,   0,	  1,   0, 0,	0,    0x78, 0,	  0x40, 0, 0,	 0, 0, 0,    64, 0,
	0,    0,    0,	  0,   0, 0,	0,    0,    0,	  0,	0, 0,	 0, 0, 0,    0,	 0,
	0,    64,   0,	  56,  0, 1,	0,    0,    0,	  0,	0, 0,	 0, 1, 0,    0,	 0,
	5,    0,    0,	  0,   0, 0,	0,    0,    0,	  0,	0, 0,	 0, 0, 0x40, 0,	 0,
	0,    0,    0,	  0,   0, 0x40, 0,    0,    0,	  0,	0, 0x81, 0, 0, 0,    0,	 0,
	0,    0,    0x81, 0,   0, 0,	0,    0,    0,	  0,	0, 0x10, 0, 0, 0,    0,	 0,
	0,    0xb8, 60,	  0,   0, 0,	0x31, 0xff, 0x0f, 0x05,
};

#endif
