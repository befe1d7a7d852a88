using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;

namespace OviFunctions.Tests.Embedded.Store.Sqlite;

public sealed class SqliteConnectionTests
{
    [Fact]
    public void Query_AParameterCannotBeBound_TheStatementCanBeUsedAgain()
    {
        using var connection = SqliteConnection.Open(":memory:", readOnly: false);

        Assert.Throws<InstanceStoreException>(() => connection.ReadInt64("SELECT 7", "nobody asked for this"));

        Assert.Equal(7, connection.ReadInt64("SELECT 7"));
    }
}
