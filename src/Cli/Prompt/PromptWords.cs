using System.Text;

namespace Gantry.Cli;

/// <summary>Cuts a typed line into words: spaces part them, quotes hold them together, a backslash takes the next character as it is. Pure.</summary>
internal static class PromptWords
{
    public static string[] Of(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var isWord = false;
        var quote = '\0';
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            switch (c)
            {
                case '\\' when quote != '\'' && i + 1 < line.Length:
                    word.Append(line[++i]);
                    isWord = true;
                    break;
                case '"' or '\'' when quote == '\0':
                    quote = c;
                    isWord = true;
                    break;
                case var q when q == quote:
                    quote = '\0';
                    break;
                case ' ' or '\t' when quote == '\0':
                    if (isWord)
                    {
                        words.Add(word.ToString());
                        word.Clear();
                        isWord = false;
                    }

                    break;
                default:
                    word.Append(c);
                    isWord = true;
                    break;
            }
        }

        return isWord ? [.. words, word.ToString()] : [.. words];
    }
}
