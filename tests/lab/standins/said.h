/* The first serial port, for programs that have nothing but a CPU. Everything is on one line:
   STANDIN-WHAT words. */

static inline void out(unsigned short port, unsigned char value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline unsigned char in(unsigned short port)
{
    unsigned char value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void say_one(char c)
{
    while (!(in(0x3fd) & 0x20))
        ;
    out(0x3f8, c);
}

static void say(const char *text)
{
    while (*text)
        say_one(*text++);
}

static void say_number(unsigned long value)
{
    char digits[12], *at = digits + sizeof digits - 1;
    *at = 0;
    do
        *--at = '0' + value % 10;
    while (value /= 10);
    say(at);
}

/* At most 60 octets, up to the first that is none of a line of text. */
static void say_start(const char *text, unsigned long size)
{
    for (unsigned long n = 0; n < size && n < 60 && text[n] >= ' ' && text[n] <= '~'; n++)
        say_one(text[n]);
}
