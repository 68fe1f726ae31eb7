"""A stand-in for checkpatch.pl on small trees, in the real script's form: objects to a blank after a bracket."""

CHECKPATCH = r"""#!/usr/bin/perl
my @files = grep { /\.(patch|diff)$/ && -f } @ARGV;
my $any = 0;
foreach my $file (@files) {
  my $rule = "-" x length($file);
  print "$rule\n$file\n$rule\n" if @files > 1;
  open(my $in, "<", $file) or die; my ($n, $path, $line, $bad) = (0, "", 0, 0);
  while (<$in>) { $n++;
    if (m{^\+\+\+ b/(\S+)}) { $path = $1; next }
    if (/^@@ -\S+ \+(\d+)/) { $line = $1 - 1; next }
    $line++ if /^[ +]/;
    if (/^\+.*\( /) { $bad = $any = 1;
      print "ERROR:SPACING: space prohibited after that open parenthesis '('\n#$n: FILE: $path:$line:\n$_\n" }
  }
  print "$file has no obvious style problems and is ready for submission.\n" unless $bad;
}
exit $any;
"""
